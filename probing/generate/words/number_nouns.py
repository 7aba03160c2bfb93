"""Nouns in both numbers, with what they may stand next to and what may be said of them."""

from __future__ import annotations

from probing.generate.rows import phrases, table

THINGS = table("""
key | keys
label | labels
box | boxes
knife | knives
shelf | shelves
letter | letters
bottle | bottles
painting | paintings
lamp | lamps
curtain | curtains
statue | statues
basket | baskets
clock | clocks
leaf | leaves
loaf | loaves
brush | brushes
photo | photos
ladder | ladders
picture | pictures
book | books
tooth | teeth
suitcase | suitcases
cactus | cacti
engine | engines
candle | candles
coin | coins
map | maps
hat | hats
carpet | carpets
vase | vases
parcel | parcels
mirror | mirrors
diary | diaries
button | buttons
spoon | spoons
tomato | tomatoes
wheel | wheels
chair | chairs
flag | flags
bench | benches
""")

PEOPLE = table("""
woman | women
man | men
child | children
teacher | teachers
niece | nieces
nurse | nurses
waitress | waitresses
guard | guards
thief | thieves
postman | postmen
visitor | visitors
lady | ladies
baby | babies
driver | drivers
painter | painters
judge | judges
actress | actresses
boy | boys
farmer | farmers
doctor | doctors
student | students
hero | heroes
witness | witnesses
policewoman | policewomen
secretary | secretaries
tourist | tourists
goose | geese
mouse | mice
wolf | wolves
horse | horses
""")

THING_PREDICATES = phrases("""
fell to the floor; vanished overnight; looked older than expected; had to be repaired;
could not be found; cost more than the guests could afford; broke during the move;
would never be sold; got wet in the storm; ended up in the cellar; came from a shop in town;
needed some attention; turned up in the attic; did not survive the fire; had gathered dust;
must have belonged to a rich family; should stay here until Monday; smelled of smoke;
caught the eye at once; might fetch a good price; seemed out of place; rolled under the table;
had been bought in Vienna; lay in the corner for weeks; stood out against the white wall
""")
PERSON_PREDICATES = phrases("""
waited for the rain to stop; ran away at the first noise; could not sleep; had come from far away;
looked tired; would not move; disappeared into the fog; must have heard everything; fell silent;
wanted to get out; seemed hungry; made a great deal of noise; came closer; should leave at dawn;
stayed until the end; got lost in the forest; turned round at the last moment; stood still;
did not notice the smoke; might return in the spring; crossed the street; felt the cold;
had found some bread; went past without a sound; jumped over the ditch
""")
THING_LINKS = phrases(
    "near; next to; behind; under; beside; in front of; above; below; close to; against"
)
PERSON_LINKS = phrases("near; next to; behind; beside; in front of; close to; with; across from")
