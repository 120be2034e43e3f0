"""How errors are mended, as it is said in English, and in Polish: ``{}`` for what is in it."""

from __future__ import annotations

from collections.abc import Mapping

FIX: Mapping[str, str] = {
    "run the command inside a city's folder, or name it with --project DIR": (
        "uruchom polecenie w folderze miasta albo wskaż go: --project DIR"
    ),
    "--field NAME goes with --verb {}, and with --measure sum": (
        "podaj --field POLE; bierze je --verb {} i --measure sum"
    ),
    "say what distances go to: --to LAYER": "powiedz, dokąd mierzyć odległość: --to WARSTWA",
    "say how near is near, in metres: --distance 300": (
        "powiedz, jak blisko to blisko, w metrach: --distance 300"
    ),
    "name a column of classes: --by FIELD": "podaj kolumnę z klasami: --by POLE",
    "say what to divide by: --over area, length, count or sum:FIELD": (
        "powiedz, przez co dzielić: --over area, length, count albo sum:POLE"
    ),
    "--over area, length, count or sum:FIELD": "--over area, length, count albo sum:POLE",
    "--measure area, length, count or sum": "--measure area, length, count albo sum",
    "--index shannon, simpson or evenness": "--index shannon, simpson albo evenness",
    "see geobank measure --help": "zob. geobank measure --help",
    "--distance 300": "podaj metry: --distance 300",
    "there is only {}": "jest tylko {}",
    "write an indicator card: it keeps groups back that are too small to show": (
        "napisz kartę wskaźnika: nie pokazuje ona grup zbyt małych; zob. docs/model.md"
    ),
    "compare its published values by their runs": "porównaj jego opublikowane wartości",
    "take a numeric field": "podaj pole z liczbami",
    "take a column of codes": "podaj kolumnę z kodami",
    "name them: --classes MN,U,ZP; a published layer has them under `values`": (
        "wymień je: --classes MN,U,ZP; opublikowana warstwa ma je pod `values`"
    ),
    "count works for every kind of geometry": "count liczy obiekty o każdej geometrii",
    "--overlaps once goes with what measures area": "--overlaps once idzie z tym, co mierzy pole",
    "add --overlaps once": "dodaj --overlaps once",
    "name a column; {} goes with --field and --where": (
        "podaj kolumnę; {} idzie z --field i --where"
    ),
    "write it with GDAL or QGIS as GeoTIFF": "zapisz go w QGIS albo przez GDAL jako GeoTIFF",
    "write GeoParquet": "zapisz jako GeoParquet",
    "name a .tif file, or a published raster": "podaj plik .tif albo opublikowany raster",
    "name a published layer of polygons": "podaj opublikowaną warstwę obszarów",
    "{}; or a .parquet or .tif file": "{}; albo plik .parquet lub .tif",
    "{}; or a .parquet file": "{}; albo plik .parquet",
    "/api/collections lists those there are": "listę pokazuje `geobank layers`",
    "did you mean {}? indicators: {}; layers: {}": "może {}? wskaźniki: {}; warstwy: {}",
    "did you mean {}? zones: {}": "może {}? strefy: {}",
    "give it the properties `layer` (greenery) and `change` (add, replace, remove)": (
        "nadaj mu właściwości `layer` (greenery) i `change` (add, replace, remove)"
    ),
    "add, replace or remove": "add, replace albo remove",
    "give the new one an id of its own, or say `replace`": (
        "nadaj nowemu własny identyfikator albo napisz `replace`"
    ),
    "remove one and add another": "usuń jeden i dodaj drugi",
    "ids are those of {}, as published in this version": (
        "identyfikatory są w polu {}, takie jak w tej wersji"
    ),
    "every feature names its {}": "każdy obiekt podaje swój {}",
    "compare a field": "porównaj z czymś pole",
    "close it with a quote": "zamknij cudzysłów",
    "not equal is written <>": "różne pisze się <>",
    "there are: {}": "są: {}",
    "did you mean {}? there are: {}": "może {}? są: {}",
    "did you mean {}? the fields are: {}": "może {}? są pola: {}",
    "text stands in quotes: {}, not {}; there are: {}": (
        "tekst stoi w pojedynczym cudzysłowie: {}, a nie {}; są: {}"
    ),
    "text stands in quotes: {}, not {}; did you mean {}? there are: {}": (
        "tekst stoi w pojedynczym cudzysłowie: {}, a nie {}; może {}? są: {}"
    ),
    "text stands in single quotes: 'park'": "tekst stoi w pojedynczym cudzysłowie: 'park'",
    "a number stands without quotes: 12.5": "liczba stoi bez cudzysłowu: 12.5",
    "TRUE and FALSE stand without quotes": "TRUE i FALSE stoją bez cudzysłowu",
    "a date is written DATE('2026-11-22')": "datę zapisuje się DATE('2026-11-22')",
    "for example: {}": "na przykład: {}",
    "name a file, a folder or a pattern": "podaj plik, folder albo wzorzec nazwy",
    "indicators: {}; layers: {}": "wskaźniki: {}; warstwy: {}",
    "zones: {}": "strefy: {}",
    "it reads: {}": "czyta: {}",
    "the fields are: {}": "są pola: {}",
    "use one of {}": "podaj jeden z: {}",
    "one of {}": "jedno z: {}",
    "correct this key; see docs/model.md": "popraw ten klucz; zob. docs/model.md",
    "correct this key; see docs/what-if.md": "popraw ten klucz; zob. docs/co-jesli.md",
    "write key: value": "pisz klucz: wartość",
    "add it": "dodaj go",
    "save the file as UTF-8": "zapisz plik jako UTF-8",
    "check the indentation, colons and quotes on this line": (
        "sprawdź wcięcia, dwukropki i cudzysłowy w tym wierszu"
    ),
    "run `geobank config write` and commit the file": (
        "uruchom `geobank config write` i zatwierdź plik"
    ),
    "publish or roll back those, and run `geobank indicators compute`": (
        "opublikuj albo wycofaj tamte i uruchom `geobank indicators compute`"
    ),
    "check the name of the file": "sprawdź nazwę pliku",
    "publish the layer again": "opublikuj warstwę jeszcze raz",
    "publish the layer again under the present layer.yml": (
        "opublikuj warstwę jeszcze raz według dzisiejszego layer.yml"
    ),
    "`geobank rollback` to another version": "wróć do innej wersji: `geobank rollback`",
    "`geobank rollback` to another version, or publish the file again": (
        "wróć do innej wersji (`geobank rollback`) albo opublikuj plik jeszcze raz"
    ),
    "`geobank layers` lists them": "listę pokazuje `geobank layers`",
    "see `geobank layers`": "zob. `geobank layers`",
    "see `geobank layers {}`": "zob. `geobank layers {}`",
    "upgrade Geobank": "zainstaluj nowszy Geobank",
    "publish first: geobank publish {} FILE": "najpierw opublikuj: geobank publish {} PLIK",
    "publish it first: geobank publish {} FILE": "najpierw opublikuj: geobank publish {} PLIK",
    "geobank publish {} FILE": "geobank publish {} PLIK",
    "run: geobank demo, or geobank publish LAYER FILE": (
        "uruchom: geobank demo albo geobank publish WARSTWA PLIK"
    ),
    "run: geobank indicators compute {}": "uruchom: geobank indicators compute {}",
    "compute it again: geobank indicators compute": (
        "policz jeszcze raz: geobank indicators compute"
    ),
    "compute it again: geobank indicators compute {}": (
        "policz jeszcze raz: geobank indicators compute {}"
    ),
    "compute the indicator again: geobank indicators compute": (
        "policz wskaźnik jeszcze raz: geobank indicators compute"
    ),
    "look at this feature and at the borders of its zones": (
        "obejrzyj ten obiekt i granice jego stref"
    ),
    "mend the feature and publish the layer again": (
        "napraw obiekt i opublikuj warstwę jeszcze raz"
    ),
    "mend the feature": "napraw obiekt",
    "mend the value": "popraw wartość",
    "mend the zone": "popraw strefę",
    "mend the field, or filter it": "popraw pole albo je przefiltruj",
    "check the CRS of the file and publish the layer again": (
        "sprawdź układ współrzędnych pliku i opublikuj warstwę jeszcze raz"
    ),
    "take larger squares or hexagons, or a smaller extent": (
        "weź większe kwadraty albo sześciokąty, albo mniejszy obszar"
    ),
    "group them under `by`": "połącz je w grupy pod `by`",
    "give metres, such as 300": "podaj metry, na przykład 300",
    "shorten it, for example with IN (...)": "skróć go, na przykład przez IN (...)",
    "join conditions with AND and OR on one level": (
        "łącz warunki przez AND i OR na jednym poziomie"
    ),
    "geobank measure SOURCE --zones LAYER; see geobank measure --help": (
        "geobank measure ŹRÓDŁO --zones WARSTWA; zob. geobank measure --help"
    ),
    "say what distances go to: --to": "powiedz, dokąd mierzyć odległość: --to",
    "say what to divide by: --over count": "powiedz, przez co dzielić: --over count",
    "measure them apart": "mierz je osobno",
    "reproject the file to {}, or publish it as a layer": (
        "przelicz plik na {} albo opublikuj go jako warstwę"
    ),
    "name a layer or file with polygons": "podaj warstwę albo plik z obszarami",
    "name a layer or file of polygons, grid:250 or h3:8": (
        "podaj warstwę albo plik z obszarami, grid:250 albo h3:8"
    ),
    "{}; or a .parquet or .geojson file, grid:250 or h3:8": (
        "{}; albo plik .parquet lub .geojson, grid:250, h3:8"
    ),
    "leave out --by": "opuść --by",
    "leave one zone at least": "zostaw przynajmniej jedną strefę",
    "write name: and changes:": "napisz name: i changes:",
    "write YAML, JSON or GeoJSON in UTF-8; see docs/what-if.md": (
        "napisz YAML, JSON albo GeoJSON w UTF-8; zob. docs/co-jesli.md"
    ),
    "look at the layer's values; text stands in single quotes": (
        "sprawdź wartości w warstwie; tekst stoi w pojedynczym cudzysłowie"
    ),
    "keep one: geobank what-if FILE --save": "zachowaj jakiś: geobank what-if PLIK --save",
    "give this one another name: what is kept never changes": (
        "nadaj temu inną nazwę: co zachowano, już się nie zmienia"
    ),
    "end the file's name with .tif": "zakończ nazwę pliku na .tif",
    "end it with one of: {}": "zakończ ją na jedno z: {}",
    "let it end with .qgz": "zakończ nazwę na .qgz",
    "make it first": "najpierw go utwórz",
    "name a folder that exists and that you may write to with -o FILE": (
        "wskaż istniejący folder, w którym możesz pisać: -o PLIK"
    ),
    "open the layer in QGIS through the API": "otwórz warstwę w QGIS przez API",
    "check --host": "sprawdź --host",
    "choose another, such as --port {}": "wybierz inny, na przykład --port {}",
    "use --port 5000": "użyj --port 5000",
}  # fmt: skip
