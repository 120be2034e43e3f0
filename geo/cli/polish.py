"""Errors as a Polish reader of the command line sees them; English stands below.

Errors are raised in English, once. What is not in the table is told by its kind.
"""

from __future__ import annotations

from collections.abc import Mapping

from geo.errors import GeoError, rule
from geo.model.phrases import Phrases
from geo.model.text import Language

WHAT: Mapping[str, str] = {
    # The city's folder and its YAML files
    "no config/site.yml here or in any folder above": (
        "nie ma config/site.yml ani tutaj, ani w żadnym folderze wyżej"
    ),
    "there is no layer {}": "nie ma warstwy {}",
    "there is no indicator {}": "nie ma wskaźnika {}",
    "there is no raster {}": "nie ma rastra {}",
    "there is no indicator and no layer {}": "nie ma ani wskaźnika, ani warstwy {}",
    "there is no zone {}": "nie ma strefy {}",
    "there is no field {}": "nie ma pola {}",
    "{} has no field {}": "{} nie ma pola {}",
    "unknown key {}": "nieznany klucz {}",
    "unknown key {} (and {} more in this file)": (
        "nieznany klucz {}; poza tym w tym pliku {:błąd|błędy|błędów}"
    ),
    "the key {} is missing": "brakuje klucza {}",
    "the key {} is missing (and {} more in this file)": (
        "brakuje klucza {}; poza tym w tym pliku {:błąd|błędy|błędów}"
    ),
    "the file holds no mapping": "w pliku nie ma kluczy z wartościami",
    "the file is missing": "nie ma pliku",
    "not UTF-8 at byte {}": "to nie jest UTF-8 (bajt {})",
    "not valid YAML: {}": "to nie jest poprawny YAML: {}",
    "is not what layers/, indicators/ and config/site.yml say": (
        "nie zgadza się z layers/, indicators/ i config/site.yml"
    ),
    "{} holds personal data and is never taken in": (
        "{} to dane osobowe, a takich nie przyjmujemy"
    ),
    "the sentence must hold {} and {} in both languages": (
        "zdanie musi zawierać {} i {} w obu językach"
    ),
    # Publishing and versions
    "this layer is computed from others": "tę warstwę oblicza się z innych",
    "this layer is not published": "tej warstwy nie opublikowano",
    "the layer {} is not published": "warstwy {} nie opublikowano",
    "the raster {} is not published": "rastra {} nie opublikowano",
    "the layer is not published": "tej warstwy nie opublikowano",
    "the raster is not published": "tego rastra nie opublikowano",
    "nothing is published": "niczego nie opublikowano",
    "nothing is published yet": "jeszcze niczego nie opublikowano",
    "there is no version before this one": "nie ma wcześniejszej wersji",
    "there is no such version": "nie ma takiej wersji",
    "there is no such version on disk": "na dysku nie ma takiej wersji",
    "the catalogue was written by a newer Geobank": "katalog zapisał nowszy Geobank",
    "manifest.json cannot be read": "nie da się odczytać manifest.json",
    "manifest.json is another version's": "manifest.json należy do innej wersji",
    "manifest.json is not the one that was published": (
        "manifest.json nie jest tym, który opublikowano"
    ),
    "serve.sqlite is missing": "brakuje serve.sqlite",
    "serve.sqlite cannot be read": "nie da się odczytać serve.sqlite",
    "serve.sqlite was written by another Geobank": "serve.sqlite zapisał inny Geobank",
    "the file of ready features is not whole": "plik gotowych obiektów jest niepełny",
    "this version has no field {}": "ta wersja nie ma pola {}",
    "this version holds no raster": "w tej wersji nie ma rastra",
    "this version holds cells and no features": "ta wersja to komórki, a nie obiekty",
    "unknown coordinate reference system {}": "nieznany układ współrzędnych {}",
    # Computing
    "the indicator needs layers that are not published: {}": (
        "wskaźnik potrzebuje warstw, których nie opublikowano: {}"
    ),
    "the indicator has not been computed": "tego wskaźnika jeszcze nie policzono",
    "no indicator is computed": "nie policzono jeszcze żadnego wskaźnika",
    "the results do not name the version of {}": "wyniki nie podają wersji warstwy {}",
    "the parts do not add up to the whole: relative gap {}": (
        "części nie dają całości: różnica względna {}"
    ),
    "the pieces add up to {}, not to the published {}": (
        "kawałki dają razem {}, a opublikowano {}"
    ),
    "{} pieces are found, not the {} that were counted": (
        "kawałków jest {}, a policzono ich {}"
    ),
    "this evidence is not stored: it is made when it is asked for": (
        "tego dowodu nie ma w pliku: powstaje, kiedy ktoś o niego zapyta"
    ),
    "the indicator does not read the layer {}": "ten wskaźnik nie czyta warstwy {}",
    "the field {} is not public": "pole {} nie jest publiczne",
    "there would be {} zones, more than {}": "stref byłoby {}, a może być najwyżej {}",
    "no zone is left to measure in": "nie zostaje żadna strefa, w której można mierzyć",
    "a distance is 0 or more": "odległość to 0 albo więcej",
    "the field has {} different values, at most {} are classes": (
        "pole ma {:wartość|różne wartości|różnych wartości}, a klas może być najwyżej {}"
    ),
    "a coordinate lies far outside the area of the metric CRS": (
        "współrzędna leży daleko poza obszarem układu metrycznego"
    ),
    "the geometry is not valid ({})": "geometria jest błędna ({})",
    "the geometry is missing": "brakuje geometrii",
    "the geometry is missing or empty": "geometrii brakuje albo jest pusta",
    "a value is infinite": "wartość jest nieskończona",
    "a weight is negative or no number": "waga jest ujemna albo nie jest liczbą",
    # Filters
    "the filter cannot be read: {}": "filtru nie da się odczytać: {}",
    "the filter names a field that is not there: {}": "filtr pyta o pole, którego nie ma: {}",
    "the filter names a field that it cannot read: {}": (
        "filtr pyta o pole, którego nie może czytać: {}"
    ),
    "the filter is too long: more than {} characters": (
        "filtr ma więcej niż {:znak|znaki|znaków}"
    ),
    "the filter is nested more than {} levels deep": (
        "filtr ma więcej niż {:poziom|poziomy|poziomów} zagnieżdżenia"
    ),
    # Measuring files
    "say what to measure, and in which zones": "powiedz, co mierzyć i w jakich strefach",
    "there is no layer and no file {}": "nie ma ani warstwy, ani pliku {}",
    "there are no zones {}": "nie ma stref {}",
    "there are no zones": "nie ma stref",
    "there is no column {}": "nie ma kolumny {}",
    "there is no such file": "nie ma takiego pliku",
    "there is no GeoParquet file": "nie ma pliku GeoParquet",
    "the file is Parquet, not GeoParquet": "to plik Parquet, a nie GeoParquet",
    "the geometry is not in {}": "geometria nie jest w układzie {}",
    "the files hold different kinds of geometry": "w plikach są różne rodzaje geometrii",
    "zones are polygons, and these are {}": "strefy to obszary, a te to {}",
    "a zone is no valid polygon": "strefa nie jest poprawnym obszarem",
    "the zones cannot be read ({})": "stref nie da się odczytać ({})",
    "no column of the zones' file is text": "w pliku stref nie ma kolumny z tekstem",
    "the layer of zones is not published": "warstwy stref nie opublikowano",
    "a raster of numbers has no classes": "raster liczb nie ma klas",
    "--to-where stands without --to": "--to-where bez --to",
    "--over-where stands without --over": "--over-where bez --over",
    # Scenarios
    "no scenario {} is kept": "nie zachowano scenariusza {}",
    "a scenario {} is kept already, and is not this one": (
        "scenariusz {} już zachowano, i jest inny niż ten"
    ),
    "the scenario cannot be read: {}": "scenariusza nie da się odczytać: {}",
    "the scenario changes a layer that is not published": (
        "scenariusz zmienia warstwę, której nie opublikowano"
    ),
    "the scenario is no mapping": "w scenariuszu nie ma kluczy z wartościami",
    "no feature is taken by this filter": "ten filtr nie obejmuje żadnego obiektu",
    "there is no feature {} in {} {}": "nie ma obiektu {} w {} {}",
    "there is a feature {} already": "obiekt {} już jest",
    # Files that are written, and the server
    "{} has no known ending": "{} ma nieznane rozszerzenie",
    "{} cannot be written: {}": "nie da się zapisać {}: {}",
    "there is no such folder": "nie ma takiego folderu",
    "no format is written as {}": "nie zapisujemy w formacie {}",
    "this kind of file cannot be written: {}": "takiego pliku nie zapisujemy: {}",
    "a raster is a GeoTIFF": "raster zapisujemy jako GeoTIFF",
    "{} is no QGIS project": "{} to nie projekt QGIS",
    "{} features do not fit a map of one file; the limit is {}": (
        "{:obiekt|obiekty|obiektów} to za dużo na mapę w jednym pliku; najwyżej {}"
    ),
    "cannot listen there: {}": "nie da się tam nasłuchiwać: {}",
    "port {} is taken by another program": "port {} zajmuje inny program",
    "port {} is reserved for the administrator": "port {} jest zastrzeżony dla administratora",
}  # fmt: skip
FIX: Mapping[str, str] = {
    "run the command inside a city's folder, or name it with --project DIR": (
        "uruchom polecenie w folderze miasta albo wskaż go: --project DIR"
    ),
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
    "{}; or a .parquet or .tif file": "{}; albo plik .parquet lub .tif",
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
KINDS: Mapping[str, str] = {
    "model": "plik YAML nie mówi tego, co musi",
    "usage": "to polecenie nie ma sensu w tej postaci",
    "not-found": "czegoś nie ma",
    "crs-mismatch": "nie zgadza się układ współrzędnych",
    "limit-exceeded": "przekroczono limit",
    "input-refused": "tych danych nie można przyjąć",
    "too-slow": "to trwa zbyt długo",
    "busy": "serwer jest zajęty; spróbuj za chwilę",
    "gone": "tego już nie przechowujemy",
    "integrity": "pliki na dysku nie są tym, co zapisano",
    "measure": "z tych danych nie da się tego policzyć",
    "ledger": "części nie dają całości",
    "cluster": "maszyny klastra nie odpowiadają albo się różnią",
    "error": "nie udało się",
}
"""Code of an error (:data:`geo.errors.RULES`) to what it means, where nothing better is known."""

CLICK: Mapping[str, str] = {
    "Missing argument '{}'.": "brakuje argumentu {}",
    "Missing option '{}'.": "brakuje opcji {}",
    "Missing command.": "brakuje polecenia",
    "No such option '{}'.": "nie ma opcji {}",
    "No such option '{}'. Did you mean '{}'?": "nie ma opcji {}; może {}",
    "No such option '{}'. (Possible options: {})": "nie ma opcji {}; są: {}",
    "No such command '{}'.": "nie ma polecenia {}",
    "No such command '{}'. Did you mean '{}'?": "nie ma polecenia {}; może {}",
    "No such command '{}'. (Did you mean one of: {})": "nie ma polecenia {}; może {}",
    "Option '{}' requires an argument.": "opcja {} wymaga wartości",
    "Got unexpected extra argument ({})": "niepotrzebny argument: {}",
    "Got unexpected extra arguments ({})": "niepotrzebne argumenty: {}",
    "Invalid value for '{}': File '{}' does not exist.": "{}: nie ma pliku {}",
    "Invalid value for '{}': Directory '{}' does not exist.": "{}: nie ma folderu {}",
    "Invalid value for '{}': {}": "zła wartość dla {}",
}
"""What click says of a command that is written wrong."""

_WHAT, _FIX, _CLICK = Phrases(WHAT), Phrases(FIX), Phrases(CLICK)


def in_polish(error: GeoError) -> dict[str, str]:
    """Return an error in Polish: ``what``, and ``fix`` where its words are known."""
    what = _WHAT.said(error.what) or KINDS[rule(error).code]
    return {"what": what, "fix": _FIX.said(error.fix) or ""}


def told(error: GeoError, language: Language) -> str:
    """Return what a person reads: Polish with the English below, or English alone."""
    if language == "en":
        return f"geobank: {error}"
    polish = in_polish(error)
    there = GeoError(polish["what"], where=error.where, fix=polish["fix"])
    return f"geobank: {there}\n(en) {error}"


def usage(message: str) -> str:
    """Return what click says of a command that is written wrong, in Polish."""
    return f"geobank: {_CLICK.said(message) or 'polecenie jest napisane błędnie'}"
