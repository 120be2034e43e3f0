"""What is wrong, as errors say it in English, and in Polish: ``{}`` for what stands in it."""

from __future__ import annotations

from collections.abc import Mapping

WHAT: Mapping[str, str] = {
    # The city's folder and its YAML files
    "no config/site.yml here or in any folder above": (
        "nie ma config/site.yml ani tutaj, ani w żadnym folderze wyżej"
    ),
    "there is no layer {}": "nie ma warstwy {}",
    "there is no indicator {}": "nie ma wskaźnika {}",
    "there is no raster {}": "nie ma rastra {}",
    "there is no indicator and no layer {}": "nie ma ani wskaźnika, ani warstwy {}",
    "there is no collection {}": "nie ma warstwy {}",
    "there is no zone {}": "nie ma strefy {}",
    "there is no field {}": "nie ma pola {}",
    "there is no file {}": "nie ma pliku {}",
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
    "there is no version {}": "nie ma wersji {}",
    "there is no version before the current one": "przed obecną wersją nie ma żadnej innej",
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
    "the indicator sums a field that is not public: two versions of it side by side could show "
    "single people": (
        "wskaźnik dodaje pole, które nie jest publiczne: dwie wersje obok siebie mogłyby wskazać "
        "pojedyncze osoby"
    ),
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
    "the filter cannot be read: {} is expected, and the filter ends": (
        "filtru nie da się odczytać: powinno tu być {}, a filtr się kończy"
    ),
    "the filter cannot be read: {} is expected, and {} stands there": (
        "filtru nie da się odczytać: powinno tu być {}, a stoi {}"
    ),
    "a field or a value": "pole albo wartość",
    "AND, OR or the end": "AND, OR albo koniec",
    "LIKE, BETWEEN or IN": "LIKE, BETWEEN albo IN",
    "a number": "liczba",
    "the text that begins here does not end": "tekst, który tu się zaczyna, nie ma końca",
    "the name that begins here does not end": "nazwa, która tu się zaczyna, nie ma końca",
    "'!' has no meaning": "'!' nic tu nie znaczy",
    "{} has no meaning here": "{} nic tu nie znaczy",
    "a comparison is expected, and only a value stands there": (
        "spodziewano się porównania, a stoi sama wartość"
    ),
    # Measuring files
    "say what to measure, and in which zones": "powiedz, co mierzyć i w jakich strefach",
    "{} takes no field": "{} nie bierze --field",
    "{} needs a field to add up": "{} wymaga pola, które ma dodawać",
    "verb {} needs `{}`": "czasownik {} wymaga opcji --{}",
    "verb {} needs `measure` in each of its terms": (
        "czasownik {} wymaga `measure` w każdym składniku"
    ),
    "verb {} measures {}, not {}": "czasownik {} mierzy {}, a nie {}",
    "`{}` goes with verb: {}, and only with it": "`{}` idzie tylko z czasownikiem: {}",
    "`statistic` goes with verb: nearest, and only with it": (
        "`statistic` idzie tylko z czasownikiem nearest"
    ),
    "there is no verb {}; {}": "nie ma czasownika {}; {}",
    "there is no {} in a raster of numbers": "raster liczb nie ma pola {}",
    "there is no {} in a raster of classes": "raster klas nie ma pola {}",
    "per_person divides by residents, whose counts are not public": (
        "per_person dzieli przez mieszkańców, a ich liczby nie są publiczne"
    ),
    "evenness needs to know how many classes there are, and the column has no closed list": (
        "evenness musi znać liczbę klas, a ta kolumna nie ma zamkniętej listy"
    ),
    "{} is measured of {}s, and these are {}s": (
        "{} mierzy się na geometrii {}, a tu jest geometria {}"
    ),
    "{} needs polygons, and these are {}s": "{} wymaga obszarów, a tu jest geometria {}",
    "only ground is counted once: points and lines have none": (
        "raz liczy się tylko grunt, a punkty i linie go nie mają"
    ),
    "a ratio counts each feature by itself": "iloraz liczy każdy obiekt osobno",
    "a ratio cannot be divided by {}": "ilorazu nie dzieli się przez {}",
    "--id orders features that share ground": (
        "--id ustawia kolejność obiektów, które dzielą grunt"
    ),
    "{} is no column: classes, weights and ids come from one": (
        "{} to nie kolumna, a klasy, wagi i identyfikatory bierze się z kolumny"
    ),
    "the field holds no numbers": "to pole nie zawiera liczb",
    "a column of real numbers has no classes": "kolumna z ułamkami nie ma klas",
    "a square has a side of at least a metre": "bok kwadratu ma co najmniej metr",
    "H3 has the resolutions 0 to 15": "H3 ma rozdzielczości od 0 do 15",
    "the file has {} bands": "liczba kanałów w pliku: {}",
    "this is no GeoTIFF": "to nie jest GeoTIFF",
    "this is no Parquet file ({})": "to nie jest plik Parquet ({})",
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
    "a drawn feature does not say which layer it changes": (
        "narysowany obiekt nie mówi, którą warstwę zmienia"
    ),
    "a drawn feature cannot {}": "narysowany obiekt nie może {}",
    "say one of add, replace, set and remove": "podaj jedno z: add, replace, set, remove",
    "`{}` says which features: by `ids` or by `where`": (
        "`{}` mówi, które obiekty: przez `ids` albo przez `where`"
    ),
    "`{}` names its features itself: without `ids` and `where`": (
        "`{}` sam podaje obiekty: bez `ids` i `where`"
    ),
    "an id cannot be set": "identyfikatora nie można zmienić",
    "a feature has no {}": "obiekt nie ma {}",
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
