"""What happens in a year, and the places it happens in."""

from __future__ import annotations

from probing.generate.rows import phrases

PLACES = phrases("""
Millbrook; Aldercote; Saint Orla; Karsund; Velmora; Brackenford; Port Isolde; Tannhill; Quellin;
Dornach Bay; Eastmere; Lower Wick; Rossano Alto; Hollin Bridge; Nyborg Ferry; Casterley
""")
NAMES = phrases("""
Ada Linwood; Tomas Verhoeven; Miriam Okello; Jonas Weld; Elena Marchetti; Rupert Ashdown;
Ingrid Solheim; Paul Delacroix; Hana Novotna; Carlos Ibarra; Edith Marlow; Anton Grigoriev
""")
EVENTS = phrases("""
the bakery in {p} opened {y}; the bridge at {p} collapsed {y}; {n} was born in {p} {y};
{n} died in {p} {y}; the school in {p} burned down {y}; the flood reached {p} {y};
the mill near {p} was sold {y}; the parish of {p} got a new bell {y};
the harbour of {p} froze over {y}; {n} left {p} for good {y}; {n} inherited a farm in {p} {y};
the market hall of {p} was rebuilt {y}; the old oak in {p} was felled {y};
the first newspaper in {p} appeared {y}; {n} married a doctor from {p} {y};
the town council of {p} met for the last time {y}; {n} painted the view of {p} {y};
the hospital in {p} took in its first patients {y}; {n} published a book of poems {y};
the orchards around {p} were planted {y}; the library of {p} lost its roof {y};
the well in {p} ran dry {y}; {n} became mayor of {p} {y}; a comet was seen over {p} {y};
the inn at {p} changed hands {y}; the choir of {p} was founded {y};
{n} and three cousins settled in {p} {y}; two brothers from {p} went to sea {y}
""")
TIMES = phrases("""
in {d}; in the spring of {d}; in the autumn of {d}; early in {d}; towards the end of {d};
in January {d}
""")
OPENINGS = phrases("""
the chronicle says that; it is recorded that; people still recall how; a plaque tells us that;
according to the archive,; as far as anyone knows,; it was said that
""")
