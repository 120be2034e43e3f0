"""Names of streets as a Silesian town has them."""

from __future__ import annotations

_PEOPLE = """Adama Mickiewicza|Juliusza Słowackiego|Jana Matejki|Fryderyka Chopina|
Stanisława Moniuszki|Bolesława Prusa|Marii Skłodowskiej-Curie|Mikołaja Kopernika|
Jana Kochanowskiego|Mikołaja Reja|Cypriana Norwida|Aleksandra Fredry|Władysława Reymonta|
Stefana Żeromskiego|Stanisława Wyspiańskiego|Jacka Malczewskiego|Józefa Chełmońskiego|
Wojciecha Kossaka|Jana Brzechwy|Juliana Tuwima|Marii Dąbrowskiej|Zofii Nałkowskiej|
Gabrieli Zapolskiej|Karola Miarki|Juliusza Ligonia|Józefa Lompy|Norberta Bonczyka|
Konstantego Damrota|Jana Dzierżonia|Augustyna Świdra|Alfonsa Zgrzebnioka|Józefa Rymera|
Michała Wolskiego|Stanisława Staszica|Hugona Kołłątaja|Tadeusza Rejtana|Kazimierza Pułaskiego|
Jana Henryka Dąbrowskiego|Józefa Poniatowskiego|Romualda Traugutta|Emilii Plater|Józefa Bema|
Stefana Batorego|Jana III Sobieskiego|Kazimierza Wielkiego|Władysława Łokietka|
Bolesława Chrobrego|Mieszka I|Królowej Jadwigi|Zygmunta Starego|Jana Kilińskiego|
Bartosza Głowackiego|Stefana Czarnieckiego|Jana Karola Chodkiewicza|Hetmana Żółkiewskiego|
Ignacego Paderewskiego|Karola Szymanowskiego|Henryka Wieniawskiego|Oskara Kolberga|
Jana Długosza|Piotra Skargi|Jakuba Wujka|Ignacego Krasickiego|Adama Asnyka|Leopolda Staffa|
Bolesława Leśmiana|Krzysztofa Kamila Baczyńskiego|Konstantego Gałczyńskiego|Wincentego Pola|
Teofila Lenartowicza|Władysława Broniewskiego|Janusza Korczaka|Henryka Jordana|
Ludwika Zamenhofa|Ignacego Łukasiewicza|Jana Śniadeckiego|Jędrzeja Śniadeckiego|
Karola Olszewskiego|Zygmunta Wróblewskiego|Jana Czochralskiego|Eugeniusza Kwiatkowskiego|
Wincentego Witosa|Ignacego Daszyńskiego|Józefa Hallera|Józefa Piłsudskiego|Stanisława Maczka|
Władysława Sikorskiego|Stefana Roweckiego|Leopolda Okulickiego|Kazimierza Kutza|
Wilhelma Szewczyka|Gustawa Morcinka|Pawła Stellera|Franciszka Chorzewskiego|Teodora Kalidego|
Karola Goduli|Fryderyka Redena|Edmunda Osmańczyka|Jana Nowaka|Pawła Pośpiecha|
Aleksandra Skowrońskiego|Emila Szramka|Jana Kapicy|Teodora Kubiny|Augusta Hlonda|
Stanisława Adamskiego|Jana Macha|Brata Alberta|Maksymiliana Kolbego|Świętej Barbary|
Świętego Floriana|Świętego Jana|Świętej Jadwigi|Świętego Wojciecha|Matki Teresy"""
_NATURE = """Lipowa|Brzozowa|Dębowa|Klonowa|Kasztanowa|Akacjowa|Bukszpanowa|Wierzbowa|Olchowa|
Topolowa|Jesionowa|Jodłowa|Świerkowa|Sosnowa|Modrzewiowa|Cisowa|Grabowa|Jarzębinowa|Kalinowa|
Głogowa|Leszczynowa|Malinowa|Jagodowa|Poziomkowa|Wiśniowa|Czereśniowa|Jabłoniowa|Gruszowa|
Śliwkowa|Morelowa|Brzoskwiniowa|Orzechowa|Porzeczkowa|Agrestowa|Różana|Bzowa|Jaśminowa|Fiołkowa|
Konwaliowa|Tulipanowa|Storczykowa|Stokrotki|Chabrowa|Makowa|Wrzosowa|Nagietkowa|Irysów|Narcyzów|
Hiacyntów|Azaliowa|Magnolii|Piwonii|Słonecznikowa|Rumiankowa|Tymiankowa|Lawendowa|Miętowa|
Szałwiowa|Paprociowa|Leśna|Polna|Łąkowa|Zielona|Kwiatowa|Ogrodowa|Parkowa|Sadowa|Rolna|Zbożowa|
Żytnia|Pszeniczna|Jęczmienna|Owsiana|Lniana|Koniczynowa|Chmielowa|Miodowa|Wiosenna|Letnia|
Jesienna|Zimowa|Słoneczna|Pogodna|Tęczowa|Księżycowa|Gwiezdna|Sowia|Skowronków|Słowików|
Jaskółcza|Bociania|Żurawia|Czapli|Sikorek|Wilgi|Szpaków|Kosów|Drozdów|Kukułek|Dzięciołów|Zięby|
Gołębia|Sokola|Orla|Jastrzębia|Łabędzia|Sarnia|Jelenia|Zajęcza|Wiewiórcza|Borsucza|Bobrowa|
Rybna|Pstrągowa|Rzeczna|Stawowa|Potokowa|Źródlana|Brzegowa|Nadbrzeżna|Wodna"""
_WORK = """Górnicza|Hutnicza|Węglowa Boczna|Kopalniana|Szybowa|Sztygarska|Skarbnika|Gwarków|
Kilofowa|Kowalska|Ślusarska|Tokarska|Walcownicza|Wielkopiecowa|Stalowa|Żelazna|Miedziana|
Cynkowa|Ołowiana|Srebrna|Złota|Krzemowa|Szklana|Ceglana|Kamienna|Piaskowa|Gliniana|Wapienna|
Marmurowa|Granitowa|Bazaltowa|Murarska|Ciesielska|Stolarska|Szewska|Krawiecka|Tkacka|Garncarska|
Piekarska|Młyńska|Rzeźnicza|Kupiecka|Targowa|Handlowa|Fabryczna|Przemysłowa|Techniczna|
Maszynowa|Elektryczna|Energetyków|Gazowa|Kolejowa|Dworcowa|Torowa|Parowozowa|Składowa|
Magazynowa|Spedycyjna|Browarowa|Katowicka|Chorzowska|Bytomska Boczna|Sosnowiecka|Czeladzka|
Wojkowicka|Piekarska Stara|Mysłowicka|Będzińska|Krakowska|Opolska|Cieszyńska|Pszczyńska|
Rybnicka|Gliwicka|Zabrzańska|Tyska|Raciborska|Lubliniecka|Częstochowska|Beskidzka|Tatrzańska|
Karpacka|Sudecka|Bałtycka|Mazurska|Kaszubska|Podhalańska|Kujawska|Mazowiecka|Wielkopolska|
Śląska Boczna|Szkolna|Kościelna|Cmentarna|Szpitalna|Pocztowa|Strażacka|Harcerska|Sokolska|
Sportowa Boczna|Stadionowa|Basenowa|Olimpijska|Zamkowa|Dworska|Folwarczna|Pałacowa|Browarna|
Podgórna|Górna|Dolna|Krzywa|Krótka|Długa|Prosta|Wąska|Szeroka|Poprzeczna|Okrężna|Boczna|
Graniczna Boczna|Nowa|Stara|Cicha|Spokojna|Wesoła|Miła|Dobra|Jasna|Wspólna|Zgody|Jedności|
Wolności|Pokoju|Przyjaźni|Braterska|Sąsiedzka|Rodzinna|Powstańcza|Plebiscytowa Boczna|
Obrońców Westerplatte|Bohaterów Monte Cassino|Armii Krajowej|Szarych Szeregów|Orląt Lwowskich|
Legionów|Ułańska|Husarska|Rycerska|Piastowska|Jagiellońska|Śląskich Poetów"""


def street_names() -> list[str]:
    """Return distinct names for local streets, those of persons first."""
    text = "|".join((_PEOPLE, _NATURE, _WORK)).replace("\n", "")
    return list(dict.fromkeys(name.strip() for name in text.split("|")))


PARKS = (
    ("Park Pszczelnik", 3850, 4250),
    ("Park Miejski", 3180, 3060),
    ("Park Górnik", 1150, 4430),
    ("Park Zamkowy", 1760, 4760),
    ("Park Bytkowski", 1250, 2620),
    ("Park Hutnik", 2480, 3800),
    ("Park Bańgowski", 3000, 6180),
)
"""Name and place of each park, metres of the drawing."""

ALLOTMENTS = (
    "Nadzieja", "Hutnik", "Górnik", "Kolejarz", "Pszczelnik", "Zorza", "Jedność", "Pokój",
    "Stokrotka", "Słonecznik", "Metalowiec", "Relaks", "Michał", "Bratek", "Pod Lasem",
    "Nad Brynicą",
)  # fmt: skip
CEMETERIES = ("Cmentarz Centralny", "Cmentarz Michałkowicki", "Cmentarz Bańgowski",
              "Cmentarz Stary")  # fmt: skip
PATRONS = (
    "Jana Kochanowskiego", "Marii Konopnickiej", "Henryka Sienkiewicza", "Mikołaja Kopernika",
    "Juliusza Ligonia", "Powstańców Śląskich", "Tadeusza Kościuszki", "Janusza Korczaka",
    "Jana Brzechwy", "Stanisława Staszica", "Fryderyka Chopina", "Karola Miarki", "Emilii Plater",
    "Józefa Lompy", "Gustawa Morcinka", "Marii Skłodowskiej-Curie", "Jana Matejki", "Jana Pawła II",
)  # fmt: skip
