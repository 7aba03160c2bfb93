"""Verbs with their forms and what they go with; none has one form for both tenses."""

from __future__ import annotations

from probing.generate.rows import phrases, table

_FORMS = """
write | writes | wrote | a letter to the editor; the annual report; poems about the sea
sell | sells | sold | flowers at the station; the old furniture; bread in the market
buy | buys | bought | fresh fish; a newspaper at the corner; candles for the church
teach | teaches | taught | history to adults; the violin; chemistry at a small school
think | thinks | thought | about the long journey; of a better plan; about the neighbours
drink | drinks | drank | tea without sugar; a glass of water; coffee by the window
sing | sings | sang | in the choir; an old ballad; songs for the children
speak | speaks | spoke | to the mayor; with a soft voice; about the weather
drive | drives | drove | the school bus; to the coast; a red van
ride | rides | rode | a grey horse; the tram to the harbour; a bicycle through the park
steal | steals | stole | apples from the orchard; the show; a few hours of sleep
break | breaks | broke | the silence; an old rule; the ice on the pond
choose | chooses | chose | the smallest room; a seat near the door; the blue curtains
wear | wears | wore | a woollen coat; a silver ring; heavy boots
tear | tears | tore | the envelope open; old sheets into rags; the page in half
throw | throws | threw | stones into the river; the ball over the fence; the keys on the table
grow | grows | grew | tomatoes on the balcony; roses behind the house; tired of the noise
know | knows | knew | the answer; the way to the mill; every street by name
fly | flies | flew | a kite on the beach; to the islands; small planes
draw | draws | drew | maps of the valley; a large crowd; portraits in charcoal
hold | holds | held | the rope with both hands; the door open; an umbrella
find | finds | found | old coins in the field; the work difficult; a quiet place to rest
fight | fights | fought | for the tenants; against the new road; the cold
catch | catches | caught | trout in the stream; the last train; a glimpse of the lake
bring | brings | brought | a basket of plums; good news; the chairs inside
keep | keeps | kept | bees in the garden; the letters in a box; a diary
sleep | sleeps | slept | in the attic; through the storm; on the sofa
feel | feels | felt | at home; uneasy about the deal; the heat of the stove
leave | leaves | left | the office in a hurry; the window open; without a word
meet | meets | met | the guests at the gate; an old friend; the deadline
lose | loses | lost | patience; the thread of the story; money at cards
win | wins | won | the race; most of the arguments; a small prize
send | sends | sent | postcards to the family; a parcel to the north; the children outside
build | builds | built | wooden boats; a wall of stones; models of ships
spend | spends | spent | the evenings alone; a fortune on books; hours in the library
lend | lends | lent | tools to the neighbours; a hand; books to the students
shake | shakes | shook | the branches; the carpet over the railing; hands with the visitors
take | takes | took | the long way round; notes in pencil; the stairs
give | gives | gave | lessons in the kitchen; the dog a bone; advice to beginners
forget | forgets | forgot | the names of the guests; to lock the shed; the tickets
begin | begins | began | the day with a walk; a new chapter; to laugh
swim | swims | swam | across the bay; in the cold lake; with the current
run | runs | ran | a small bakery; along the canal; after the bus
hide | hides | hid | the presents; behind the curtain; the truth from the family
bite | bites | bit | into the apple; the end of the pencil
hear | hears | heard | the bells; voices in the hall; music through the wall
tell | tells | told | the same joke; long stories; the truth to the doctor
stand | stands | stood | at the bus stop; by the fire; in front of the class
understand | understands | understood | the instructions; the joke at once; the old dialect
make | makes | made | soup for the workers; furniture out of scrap; a list of repairs
say | says | said | good night to the guard; a few words in Welsh; a short prayer
pay | pays | paid | the rent in cash; for the drinks; attention to the details
eat | eats | ate | lunch in the courtyard; plums from the tree; with great appetite
see | sees | saw | the hills from the kitchen; the point of the exercise; foxes near the barn
blow | blows | blew | on the soup; the whistle; the dust off the shelf
walk | walks | walked | the dog along the river; to the post office; past the cathedral
cook | cooks | cooked | for the whole street; rice with lentils; over an open fire
paint | paints | painted | the fence green; landscapes; the ceiling of the chapel
repair | repairs | repaired | clocks; the roof of the shed; bicycles in the yard
carry | carries | carried | the crates upstairs; a heavy bag; water from the well
study | studies | studied | the map; old manuscripts; the habits of owls
clean | cleans | cleaned | the windows; the brushes with oil; the stable
visit | visits | visited | the museum; a cousin in the hills; the ruins
watch | watches | watched | the boats; the news with the sound off; the birds at the feeder
open | opens | opened | the shop; the letters with a knife; the gate for the tractor
answer | answers | answered | the phone; questions from the audience; with a smile
plant | plants | planted | beans along the wall; trees on the slope; garlic between the roses
wash | washes | washed | the dishes; the wool in the stream; the floor of the hall
pack | packs | packed | a small suitcase; the glasses in paper; sandwiches for the trip
follow | follows | followed | the signs; the debate; a strict diet
sew | sews | sewed | costumes for the theatre; the buttons on; by hand
"""


def _verbs() -> list[tuple[str, str, str, list[str]]]:
    cells = table(_FORMS)
    return [(base, singular, past, phrases(ends)) for base, singular, past, ends in cells]


VERBS = _verbs()
"""Base form, third person singular, past form, complements."""
