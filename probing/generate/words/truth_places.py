"""Facts about countries and American states; `-` where there are two answers or the name tells."""

from __future__ import annotations

from probing.generate.rows import table

COUNTRIES = table("""
France | Paris | Europe | euro | French
Germany | Berlin | Europe | euro | German
Spain | Madrid | Europe | euro | Spanish
Portugal | Lisbon | Europe | euro | Portuguese
Italy | Rome | Europe | euro | Italian
Greece | Athens | Europe | euro | Greek
Austria | Vienna | Europe | euro | German
Poland | Warsaw | Europe | złoty | Polish
Hungary | Budapest | Europe | forint | Hungarian
Czechia | Prague | Europe | koruna | Czech
Sweden | Stockholm | Europe | - | Swedish
Norway | Oslo | Europe | krone | Norwegian
Denmark | Copenhagen | Europe | krone | Danish
Romania | Bucharest | Europe | leu | Romanian
Ukraine | Kyiv | Europe | hryvnia | Ukrainian
Albania | Tirana | Europe | lek | Albanian
Serbia | Belgrade | Europe | dinar | Serbian
Iceland | Reykjavik | Europe | - | Icelandic
Japan | Tokyo | Asia | yen | Japanese
China | Beijing | Asia | yuan | Chinese
South Korea | Seoul | Asia | won | Korean
Thailand | Bangkok | Asia | baht | Thai
Vietnam | Hanoi | Asia | dong | Vietnamese
Cambodia | Phnom Penh | Asia | riel | Khmer
Mongolia | Ulaanbaatar | Asia | tögrög | Mongolian
Iran | Tehran | Asia | rial | Persian
Iraq | Baghdad | Asia | dinar | Arabic
Saudi Arabia | Riyadh | Asia | - | Arabic
Jordan | Amman | Asia | dinar | Arabic
Bangladesh | Dhaka | Asia | taka | Bengali
Nepal | Kathmandu | Asia | rupee | Nepali
Laos | Vientiane | Asia | kip | Lao
Egypt | Cairo | - | pound | Arabic
Morocco | Rabat | Africa | dirham | Arabic
Tunisia | Tunis | Africa | dinar | Arabic
Libya | Tripoli | Africa | dinar | Arabic
Angola | Luanda | Africa | kwanza | Portuguese
Mozambique | Maputo | Africa | metical | Portuguese
Senegal | Dakar | Africa | franc | French
Mali | Bamako | Africa | franc | -
Ethiopia | Addis Ababa | Africa | birr | Amharic
Ghana | Accra | Africa | cedi | English
Nigeria | Abuja | Africa | naira | English
Zambia | Lusaka | Africa | kwacha | English
Mexico | - | North America | peso | Spanish
Cuba | Havana | North America | peso | Spanish
Guatemala | - | North America | quetzal | Spanish
Honduras | Tegucigalpa | North America | lempira | Spanish
Costa Rica | San José | North America | colón | Spanish
Jamaica | Kingston | North America | dollar | English
Canada | Ottawa | North America | dollar | -
Brazil | Brasília | South America | real | Portuguese
Argentina | Buenos Aires | South America | peso | Spanish
Chile | Santiago | South America | peso | Spanish
Colombia | Bogotá | South America | peso | Spanish
Peru | Lima | South America | sol | Spanish
Uruguay | Montevideo | South America | peso | Spanish
Paraguay | Asunción | South America | guaraní | Spanish
Suriname | Paramaribo | South America | dollar | Dutch
""")

STATE_CAPITALS = table("""
Alabama | Montgomery
Alaska | Juneau
Arizona | Phoenix
Arkansas | Little Rock
California | Sacramento
Colorado | Denver
Connecticut | Hartford
Florida | Tallahassee
Hawaii | Honolulu
Idaho | Boise
Illinois | Springfield
Indiana | Indianapolis
Iowa | Des Moines
Kansas | Topeka
Kentucky | Frankfort
Louisiana | Baton Rouge
Maine | Augusta
Maryland | Annapolis
Massachusetts | Boston
Michigan | Lansing
Minnesota | Saint Paul
Mississippi | Jackson
Missouri | Jefferson City
Montana | Helena
Nebraska | Lincoln
Nevada | Carson City
Ohio | Columbus
Oregon | Salem
Pennsylvania | Harrisburg
Tennessee | Nashville
Texas | Austin
Utah | Salt Lake City
Vermont | Montpelier
Virginia | Richmond
Wisconsin | Madison
Wyoming | Cheyenne
""")
