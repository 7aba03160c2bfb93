"""Facts about words, books, paintings and the calendar."""

from __future__ import annotations

from probing.generate.rows import phrases, table

TRANSLATIONS = table("""
dog | perro | chien | Hund
cat | gato | chat | Katze
house | casa | maison | Haus
water | agua | eau | Wasser
bread | pan | pain | Brot
milk | leche | lait | Milch
book | libro | livre | Buch
window | ventana | fenêtre | Fenster
door | puerta | porte | Tür
tree | árbol | arbre | Baum
flower | flor | fleur | Blume
bird | pájaro | oiseau | Vogel
horse | caballo | cheval | Pferd
cheese | queso | fromage | Käse
apple | manzana | pomme | Apfel
egg | huevo | œuf | Ei
sun | sol | soleil | Sonne
moon | luna | lune | Mond
star | estrella | étoile | Stern
sea | mar | mer | Meer
night | noche | nuit | Nacht
day | día | jour | Tag
hand | mano | main | Hand
head | cabeza | tête | Kopf
heart | corazón | cœur | Herz
brother | hermano | frère | Bruder
sister | hermana | sœur | Schwester
friend | amigo | ami | Freund
city | ciudad | ville | Stadt
street | calle | rue | Straße
winter | invierno | hiver | Winter
summer | verano | été | Sommer
school | escuela | école | Schule
teacher | maestro | professeur | Lehrer
chair | silla | chaise | Stuhl
key | llave | clé | Schlüssel
letter | carta | lettre | Brief
rain | lluvia | pluie | Regen
snow | nieve | neige | Schnee
""")

OPPOSITES = table("""
hot | cold
big | small
fast | slow
early | late
high | low
wet | dry
hard | soft
light | dark
rich | poor
strong | weak
young | old
full | empty
open | closed
clean | dirty
thick | thin
deep | shallow
sweet | bitter
true | false
alive | dead
brave | cowardly
generous | stingy
sharp | blunt
cheap | expensive
ancient | modern
inside | outside
above | below
always | never
import | export
arrive | depart
ascend | descend
success | failure
friend | enemy
add | subtract
buy | sell
win | lose
left | right
north | south
odd | even
guilty | innocent
asleep | awake
""")

AUTHORS = table("""
Hamlet | William Shakespeare
Don Quixote | Miguel de Cervantes
War and Peace | Leo Tolstoy
Crime and Punishment | Fyodor Dostoevsky
Pride and Prejudice | Jane Austen
Oliver Twist | Charles Dickens
Madame Bovary | Gustave Flaubert
Moby-Dick | Herman Melville
Frankenstein | Mary Shelley
Dracula | Bram Stoker
Ulysses | James Joyce
The Trial | Franz Kafka
Faust | Johann Wolfgang von Goethe
The Divine Comedy | Dante Alighieri
Jane Eyre | Charlotte Brontë
Wuthering Heights | Emily Brontë
Middlemarch | George Eliot
Les Misérables | Victor Hugo
Candide | Voltaire
Mrs Dalloway | Virginia Woolf
Brave New World | Aldous Huxley
Animal Farm | George Orwell
The Great Gatsby | F. Scott Fitzgerald
The Aeneid | Virgil
The Canterbury Tales | Geoffrey Chaucer
Paradise Lost | John Milton
Treasure Island | Robert Louis Stevenson
The Jungle Book | Rudyard Kipling
The Time Machine | H. G. Wells
""")

PAST_FORMS = table("""
go | went
buy | bought
think | thought
sing | sang
write | wrote
eat | ate
bring | brought
speak | spoke
fly | flew
begin | began
teach | taught
swim | swam
drive | drove
choose | chose
know | knew
grow | grew
sell | sold
forget | forgot
steal | stole
catch | caught
""")

PLURALS = table("""
mouse | mice
goose | geese
child | children
foot | feet
tooth | teeth
ox | oxen
leaf | leaves
crisis | crises
cactus | cacti
criterion | criteria
knife | knives
woman | women
louse | lice
wolf | wolves
""")

MONTHS = phrases("""
January; February; March; April; May; June; July; August; September; October; November; December
""")
DAYS = phrases("Monday; Tuesday; Wednesday; Thursday; Friday; Saturday; Sunday")
