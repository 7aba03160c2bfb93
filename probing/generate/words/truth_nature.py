"""Facts about chemical elements and animals."""

from __future__ import annotations

from probing.generate.rows import table

ELEMENTS = table("""
hydrogen | H | 1
helium | He | 2
lithium | Li | 3
carbon | C | 6
nitrogen | N | 7
oxygen | O | 8
fluorine | F | 9
neon | Ne | 10
sodium | Na | 11
magnesium | Mg | 12
aluminium | Al | 13
phosphorus | P | 15
sulfur | S | 16
chlorine | Cl | 17
argon | Ar | 18
potassium | K | 19
calcium | Ca | 20
titanium | Ti | 22
chromium | Cr | 24
manganese | Mn | 25
iron | Fe | 26
cobalt | Co | 27
nickel | Ni | 28
copper | Cu | 29
zinc | Zn | 30
selenium | Se | 34
krypton | Kr | 36
strontium | Sr | 38
silver | Ag | 47
cadmium | Cd | 48
tin | Sn | 50
iodine | I | 53
xenon | Xe | 54
barium | Ba | 56
tungsten | W | 74
platinum | Pt | 78
gold | Au | 79
mercury | Hg | 80
lead | Pb | 82
radon | Rn | 86
radium | Ra | 88
uranium | U | 92
""")

ANIMALS = table("""
dog | mammal | four
horse | mammal | four
cow | mammal | four
lion | mammal | four
giraffe | mammal | four
rabbit | mammal | four
squirrel | mammal | four
elephant | mammal | four
wolf | mammal | four
hedgehog | mammal | four
eagle | bird | two
sparrow | bird | two
penguin | bird | two
ostrich | bird | two
owl | bird | two
parrot | bird | two
swan | bird | two
flamingo | bird | two
chicken | bird | two
robin | bird | two
crocodile | reptile | four
tortoise | reptile | four
gecko | reptile | four
iguana | reptile | four
alligator | reptile | four
chameleon | reptile | four
frog | amphibian | four
toad | amphibian | four
newt | amphibian | four
ant | insect | six
bee | insect | six
wasp | insect | six
beetle | insect | six
butterfly | insect | six
mosquito | insect | six
grasshopper | insect | six
moth | insect | six
ladybird | insect | six
dragonfly | insect | six
spider | arachnid | eight
scorpion | arachnid | eight
tick | arachnid | eight
mite | arachnid | eight
tarantula | arachnid | eight
""")

YOUNG = table("""
sheep | lamb
goat | kid
swan | cygnet
goose | gosling
duck | duckling
kangaroo | joey
deer | fawn
eel | elver
hare | leveret
owl | owlet
cat | kitten
frog | tadpole
""")

BY_SIZE = table("""
ant | mouse | rabbit | sheep | horse | elephant | blue whale
pea | cherry | plum | apple | pumpkin
thimble | teacup | bucket | bathtub | swimming pool
bicycle | car | bus | jumbo jet
village | town | city | country | continent
pebble | brick | boulder | hill | mountain
puddle | pond | lake | ocean
""")
