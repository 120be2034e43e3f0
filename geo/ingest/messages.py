"""Everything that the taking-in of a file may say, in two languages, as data."""

from __future__ import annotations

from geo.ingest.message import Message, of_file, of_place, of_theme, of_time, of_whole
from geo.ingest.rastermessages import DROP_EN, DROP_PL, LEFT_EN, LEFT_PL, RASTERS
from geo.model.text import Text

# What one row's fault is mended by, besides correcting it.
_DROP_PL = "popraw te wiersze albo pomiń je świadomie: --drop-invalid"
_DROP_EN = "correct these rows, or leave them out knowingly: --drop-invalid"
_LEFT_PL = "te wiersze są pomijane, jak polecono; popraw je w źródle"
_LEFT_EN = "these rows are left out, as was asked; correct them at their source"

MESSAGES: dict[str, Message] = {
    **RASTERS,
    # The file
    "empty-file": of_file(
        "plik {name} jest pusty", "the file {name} is empty",
        "wyeksportuj warstwę jeszcze raz", "export the layer again",
    ),
    "file-too-large": of_file(
        "plik ma {found} B, najwięcej można {most}",
        "the file has {found} bytes, the most is {most}",
        "podziel warstwę albo usuń zbędne kolumny", "split the layer, or remove columns not needed",
    ),
    "unknown-format": of_file(
        "pliku z rozszerzeniem {found!r} nie przyjmujemy",
        "files with the ending {found!r} are not taken",
        "wyeksportuj do GeoPackage (.gpkg), GeoJSON (.geojson) albo Shapefile (.shp, .zip)",
        "export to GeoPackage (.gpkg), GeoJSON (.geojson) or Shapefile (.shp, .zip)",
    ),
    "not-what-it-says": of_file(
        "treść pliku {name} to nie {format}, choć tak mówi rozszerzenie",
        "what is in {name} is not {format}, though its ending says so",
        "wyeksportuj warstwę jeszcze raz; zmiana nazwy nie zmienia formatu",
        "export the layer again; renaming a file does not change its format",
    ),
    "part-missing": of_file(
        "brakuje części Shapefile: {found}", "parts of the Shapefile are missing: {found}",
        "dołącz pliki .shp, .shx i .dbf (oraz .prj i .cpg)",
        "put .shp, .shx and .dbf (and .prj and .cpg) beside each other",
    ),
    "archive": of_file(
        "archiwum nie może być rozpakowane: {detail}", "the archive cannot be unpacked: {detail}",
        "spakuj do .zip jeden Shapefile i nic więcej",
        "put one Shapefile into the .zip, and nothing else",
    ),
    "crs-link": of_file(
        "plik wskazuje układ współrzędnych odnośnikiem ({found}), a takich nie otwieramy",
        "the file names its CRS by a link ({found}), and links are not followed",
        "wyeksportuj do GeoPackage albo GeoJSON w układzie warstwy ({layer_crs})",
        "export to GeoPackage, or to GeoJSON in the layer's CRS ({layer_crs})",
    ),
    "unreadable": of_file(
        "pliku nie da się odczytać: {detail}", "the file cannot be read: {detail}",
        "otwórz go w QGIS, popraw i wyeksportuj jeszcze raz",
        "open it in QGIS, mend it and export it again",
    ),
    "no-table": of_file(
        "w pliku nie ma warstwy z geometrią", "the file holds no layer with geometry",
        "wyeksportuj warstwę przestrzenną", "export a spatial layer",
    ),
    "several-tables": of_file(
        "w pliku jest kilka warstw: {found}", "the file holds several layers: {found}",
        "zostaw jedną albo nazwij właściwą {layer!r}", "keep one, or call the right one {layer!r}",
    ),
    "time-limit": of_file(
        "{stage}: trwało dłużej niż {most} s i zostało przerwane",
        "{stage}: took more than {most} s and was stopped",
        "uprość lub podziel dane; zajrzyj do wskazanego obiektu",
        "simplify or split the data; look at the feature named here",
    ),
    "crashed": of_file(
        "{stage}: czytnik się załamał ({detail})", "{stage}: the reader broke down ({detail})",
        "otwórz plik w QGIS, popraw i wyeksportuj jeszcze raz",
        "open the file in QGIS, mend it and export it again",
    ),
    "encoding-assumed": of_file(
        "plik nie mówi, w jakim jest kodowaniu; przyjęto {found} ({why})",
        "the file does not say its encoding; {found} was assumed ({why})",
        "dołącz plik .cpg", "add a .cpg file",
    ),
    # How much of it
    "no-features": of_whole(
        "w pliku nie ma ani jednego obiektu", "the file holds no feature",
        "wyeksportuj warstwę z danymi", "export a layer that has data",
    ),
    "too-many-features": of_whole(
        "obiektów jest {found}, najwięcej można {most}",
        "there are {found} features, the most is {most}",
        "podziel warstwę", "split the layer",
    ),
    "all-dropped": of_whole(
        "po pominięciu błędnych wierszy nie zostało nic",
        "nothing is left after the faulty rows were left out",
        "popraw plik", "correct the file",
    ),
    "dropped": of_whole(
        "pominięto {count:błędny wiersz|błędne wiersze|błędnych wierszy} z {read}",
        "{count:faulty row|faulty rows} of {read} left out",
        "popraw je w źródle", "correct them at their source",
    ),
    "missing-column": of_whole(
        "brakuje kolumny {field!r} (znane też jako: {aliases}); w pliku są: {found}",
        "there is no column {field!r} (also known as: {aliases}); the file has: {found}",
        "dodaj kolumnę albo dopisz jej nazwę do aliases w layer.yml",
        "add the column, or add its name to aliases in layer.yml",
    ),
    "field-absent": of_whole(
        "kolumny {field!r} nie ma w pliku: pole zostanie puste",
        "the file has no column {field!r}: the field stays empty",
        "dodaj kolumnę, jeśli dane są znane", "add the column if the data are known",
    ),
    "required-null": of_whole(
        "{count:wiersz nie ma|wiersze nie mają|wierszy nie ma} wartości w wymaganej kolumnie "
        "{field!r}",
        "{count:row has|rows have} no value in the required column {field!r}",
        _DROP_PL, _DROP_EN,
    ),
    "geometry-missing": of_whole(
        "{count:wiersz nie ma|wiersze nie mają|wierszy nie ma} geometrii",
        "{count:row has|rows have} no geometry", _DROP_PL, _DROP_EN,
    ),
    "columns-ignored": of_whole(
        "kolumny spoza layer.yml nie zostały wzięte: {found}",
        "columns that layer.yml does not know were not taken: {found}",
        "nic, jeśli tak ma być", "nothing, if this is meant",
    ),
    "personal-column": of_whole(
        "kolumn z danymi osobowymi nie bierzemy: {found}",
        "columns with personal data are never taken: {found}",
        "usuń je z pliku, zanim go komuś przekażesz",
        "remove them from the file before you hand it on",
    ),
    # Position
    "crs-missing": of_place(
        "plik nie mówi, w jakim układzie są współrzędne",
        "the file does not say which CRS its coordinates are in",
        "nadaj układ w QGIS (Warstwa > Ustaw układ współrzędnych) albo powiedz go: "
        "--assume-crs {likely}",
        "assign it in QGIS (Layer > Set CRS), or say it: --assume-crs {likely}",
    ),
    "crs-undeclared-metres": of_place(
        "GeoJSON bez układu jest w stopniach, a tu są wartości do {found}: "
        "to metry, pewnie {likely}",
        "GeoJSON that names no CRS is in degrees, but there are values up to {found}: "
        "these are metres, probably {likely}",
        "wyeksportuj z układem albo powiedz go: --assume-crs {likely}",
        "export it with its CRS, or say it: --assume-crs {likely}",
    ),
    "crs-unknown": of_place(
        "układu {found} nie przyjmujemy", "the CRS {found} is not taken",
        "przelicz warstwę w QGIS do {layer_crs}", "reproject the layer to {layer_crs} in QGIS",
    ),
    "crs-differs": of_place(
        "plik jest w układzie {found}, a warstwa {layer!r} przyjmuje {layer_crs}",
        "the file is in {found}, but the layer {layer!r} takes {layer_crs}",
        "przelicz go w QGIS albo pozwól na to: --reproject",
        "reproject it in QGIS, or allow it: --reproject",
    ),
    "crs-contradicts": of_place(
        "plik sam mówi, że jest w układzie {found}, a nie {assumed}",
        "the file itself says that it is in {found}, not {assumed}",
        "usuń --assume-crs albo popraw układ w QGIS",
        "leave out --assume-crs, or correct it in QGIS",
    ),
    "crs-assumed": of_place(
        "przyjęto układ {assumed}, bo tak powiedziano; plik go nie podaje",
        "{assumed} was assumed because it was said so; the file does not name it",
        "nadaj układ w pliku", "assign the CRS in the file",
    ),
    "reprojected": of_place(
        "współrzędne przeliczono z {found} na {layer_crs}",
        "the coordinates were reprojected from {found} to {layer_crs}",
        "nic, jeśli tak ma być", "nothing, if this is meant",
    ),
    "axes-swapped": of_place(
        "osie są zamienione: x i y leżą poza miastem, a po zamianie w nim ({example})",
        "the axes are swapped: x and y lie outside the city, inside it once swapped ({example})",
        "zamień osie w QGIS (Zamień współrzędne X i Y) i wyeksportuj jeszcze raz",
        "swap them in QGIS (Swap X and Y coordinates) and export again",
    ),
    "outside-city": of_place(
        "żaden obiekt nie leży w mieście; plik obejmuje {found}, miasto {site}",
        "no feature lies in the city; the file covers {found}, the city {site}",
        "sprawdź, czy to właściwy plik i właściwy układ; obszar miasta stoi w config/site.yml",
        "check that file and CRS are right; the city's extent stands in config/site.yml",
    ),
    "threads-cut": of_place(
        "{count:obiekt przecinał sam|obiekty przecinały same|obiektów przecinało samo} siebie o "
        "mniej niż centymetr (EPSG:2180: {at}); wycięto to",
        "{count:feature crossed itself|features crossed themselves} by less than a centimetre "
        "(EPSG:2180: {at}), which was cut away",
        "nic, jeśli kształt jest dobry", "nothing, if the shape is right",
    ),
    "far-away": of_place(
        "{count:obiekt leży|obiekty leżą|obiektów leży} daleko poza miastem",
        "{count:feature lies|features lie} far outside the city",
        "sprawdź ich współrzędne", "check their coordinates",
    ),
    "not-finite": of_place(
        "{count:obiekt ma|obiekty mają|obiektów ma} współrzędne, które nie są liczbami",
        "{count:feature has|features have} coordinates that are no numbers", _DROP_PL, _DROP_EN,
    ),
    "dimension-dropped": of_place(
        "{count:obiekt ma|obiekty mają|obiektów ma} wysokość lub miarę (Z, M): pominięto je",
        "{count:feature has|features have} a height or a measure (Z, M): these were left out",
        "nic: Geobank mierzy w rzucie", "nothing: Geobank measures in the plane",
    ),
    # Geometry
    "geometry-broken": of_file(
        "{count} geometrii nie da się złożyć (na przykład pierścień nie jest zamknięty)",
        "{count:geometry|geometries} cannot be built (for example a ring that is not closed)",
        "napraw je w QGIS albo pozwól na to: --repair",
        "mend them in QGIS, or allow it: --repair",
    ),
    "geometry-type": of_file(
        "{count:obiekt jest|obiekty są|obiektów jest} typu {found}, a warstwa przyjmuje {wanted}",
        "{count:feature is|features are} of type {found}, but the layer takes {wanted}",
        "{mend}", "{mend}",
    ),
    "geometry-invalid": of_file(
        "{count:geometria jest błędna|geometrie są błędne|geometrii jest błędnych} (przecięcia, "
        "pętle)",
        "{count:geometry is|geometries are} invalid (crossings, loops)",
        "napraw je w QGIS (Napraw geometrie) albo pozwól na to: --repair",
        "mend them in QGIS (Fix geometries), or allow it: --repair",
    ),
    "geometry-unrepairable": of_file(
        "{count} geometrii nie da się naprawić bez zmiany rodzaju",
        "{count:geometry|geometries} cannot be repaired without becoming something else",
        _DROP_PL, _DROP_EN,
    ),
    "repaired": of_file(
        "naprawiono {count:geometrię|geometrie|geometrii}; powierzchnia przed {before_m2:.2f} m2 "
        "(połówki pętli skrzyżowanej w muszkę się znoszą), po {after_m2:.2f} m2",
        "{count:geometry|geometries} repaired; area before {before_m2:.2f} m2 (the halves of a "
        "loop crossed like a bow-tie cancel), after {after_m2:.2f} m2",
        "obejrzyj je i popraw w źródle", "look at them and correct them at their source",
    ),
    "rings-rebuilt": of_file(
        "w {count:geometrii|geometriach|geometriach} pominięto pierścienie bez wnętrza i "
        "zamknięto otwarte",
        "in {count:geometry|geometries} rings without an inside were left out, open ones closed",
        "obejrzyj je i popraw w źródle", "look at them and correct them at their source",
    ),
    "too-many-vertices": of_file(
        "obiekt ma {found:wierzchołek|wierzchołki|wierzchołków}, najwięcej można {most}",
        "a feature has {found} vertices, the most is {most}",
        "podziel lub uprość ten obiekt", "split or simplify this feature",
    ),
    "same-geometry": of_file(
        "{count:obiekt ma|obiekty mają|obiektów ma} dokładnie tę samą geometrię co inny",
        "{count:feature has|features have} exactly the geometry of another",
        "sprawdź, czy nie są powtórzone", "check that they are not repeated",
    ),
    "coverage-overlap": of_file(
        "{count:para się nakłada|pary się nakładają|par się nakłada}, razem {area_m2:.2f} m2, a "
        "warstwa ma być podziałem",
        "{count:pair overlaps|pairs overlap}, {area_m2:.2f} m2 together, but the layer is meant "
        "as a partition",
        "popraw granice w QGIS (Sprawdzanie topologii)",
        "mend the boundaries in QGIS (Topology checker)",
    ),
    "coverage-edges": of_file(
        "{count:obiekt ma|obiekty mają|obiektów ma} granice, które nie przystają do sąsiadów",
        "{count:feature has|features have} boundaries that do not match their neighbours",
        "dociągnij je w QGIS (Przyciągnij geometrie do warstwy)",
        "snap them in QGIS (Snap geometries to layer)",
    ),
    "coverage-unchecked": of_file(
        "podziału nie sprawdzono: obiektów jest ponad {most}",
        "the partition was not checked: there are more than {most} features",
        "sprawdź go w QGIS (Sprawdzanie topologii)", "check it in QGIS (Topology checker)",
    ),
    "coverage-gap": of_file(
        "{count:luka|luki|luk} w podziale, razem {area_m2:.2f} m2",
        "{count:gap|gaps} in the partition, {area_m2:.2f} m2 together",
        "sprawdź, czy mają tam być", "check that they are meant to be there",
    ),
    # Attributes
    "ambiguous-column": of_file(
        "kolumny {found} różnią się tylko wielkością liter",
        "the columns {found} differ by case alone",
        "zostaw jedną z nich", "keep one of them",
    ),
    "column-renamed": of_file(
        "pole {field!r} wzięto z kolumny {found!r}", "the field {field!r} was taken from {found!r}",
        "nic, jeśli tak ma być", "nothing, if this is meant",
    ),
    "coerced": of_file(
        "w polu {field!r} przeliczono {count:wartość|wartości|wartości}: {found} -> {wanted}",
        "in the field {field!r} {count:value was|values were} converted: {found} -> {wanted}",
        "zapisz kolumnę we właściwym typie", "save the column in the right type",
    ),
    "zone-assumed": of_time(
        "pole {field!r} nie podaje strefy czasowej: przyjęto UTC",
        "the field {field!r} names no time zone: UTC was assumed",
        "zapisz czas ze strefą", "save the time with its zone",
    ),
    "wrong-type": of_file(
        "w kolumnie {field!r} {count:wartość|wartości|wartości} to nie {wanted}",
        "in the column {field!r} {count:value is|values are} not {wanted}", _DROP_PL, _DROP_EN,
    ),
    "pattern": of_theme(
        "w kolumnie {field!r} {count:wartość nie pasuje|wartości nie pasują|wartości nie pasuje} "
        "do wzoru {wanted}",
        "in the column {field!r} {count:value does|values do} not match {wanted}",
        _DROP_PL, _DROP_EN,
    ),
    "unknown-code": of_theme(
        "w kolumnie {field!r} {count:wartość jest|wartości są|wartości jest} spoza słownika "
        "({wanted})",
        "in the column {field!r} {count:value is|values are} not in the dictionary ({wanted})",
        _DROP_PL + "; albo dopisz kod do layer.yml", _DROP_EN + "; or add the code to layer.yml",
    ),
    "out-of-range": of_theme(
        "w kolumnie {field!r} {count:wartość jest|wartości są|wartości jest} poza zakresem "
        "{wanted}",
        "in the column {field!r} {count:value is|values are} out of the range {wanted}",
        _DROP_PL, _DROP_EN,
    ),
    "text-too-long": of_theme(
        "w kolumnie {field!r} {count:wartość ma|wartości mają|wartości ma} ponad {wanted} znaków",
        "in the column {field!r} {count:value has|values have} more than {wanted} characters",
        _DROP_PL, _DROP_EN,
    ),
    "duplicate-id": of_file(
        "{count:identyfikator powtarza|identyfikatory powtarzają|identyfikatorów powtarza} się w "
        "kolumnie {field!r}",
        "{count:id stands|ids stand} more than once in the column {field!r}",
        "zostaw jeden obiekt na identyfikator", "keep one feature per id",
    ),
    "duplicate-id-left-out": of_file(
        "{count:identyfikator powtarza|identyfikatory powtarzają|identyfikatorów powtarza} się w "
        "kolumnie {field!r}, ale tylko razem z pominiętymi wierszami",
        "{count:id stands|ids stand} more than once in the column {field!r}, but only together "
        "with rows that are left out",
        "sprawdź w źródle, który obiekt jest właściwy",
        "check at the source which feature is the right one",
    ),
}  # fmt: skip


def fix_of(message: Message, *, allowed: bool) -> Text:
    """Return how to mend a finding; what is `allowed` already is not advised again."""
    if not allowed:
        return message.fix
    polish, english = message.fix.pl, message.fix.en
    for advised, done in ((_DROP_PL, _LEFT_PL), (DROP_PL, LEFT_PL)):
        polish = polish.replace(advised, done)
    for advised, done in ((_DROP_EN, _LEFT_EN), (DROP_EN, LEFT_EN)):
        english = english.replace(advised, done)
    return Text(pl=polish, en=english)
