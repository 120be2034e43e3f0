"""Everything that the taking-in of a file may say, in two languages, as data."""

from __future__ import annotations

from geo.ingest.message import Message, of_file, of_place, of_theme, of_time, of_whole

# What one row's fault is mended by, besides correcting it.
_DROP_PL = "popraw te wiersze albo pomiń je świadomie: --drop-invalid"
_DROP_EN = "correct these rows, or leave them out knowingly: --drop-invalid"

MESSAGES: dict[str, Message] = {
    # The file
    "no-file": of_file(
        "nie ma pliku {name}", "there is no file {name}",
        "sprawdź nazwę", "check the name",
    ),
    "empty-file": of_file(
        "plik {name} jest pusty", "the file {name} is empty",
        "wyeksportuj warstwę jeszcze raz", "export the layer again",
    ),
    "file-too-large": of_file(
        "plik ma {found} bajtów, najwięcej można {most}",
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
    "unknown-raster-format": of_file(
        "ta warstwa jest rastrem, a pliku z rozszerzeniem {found!r} nie przyjmujemy",
        "this layer is a raster, and files with the ending {found!r} are not taken",
        "wyeksportuj do GeoTIFF (.tif)", "export to GeoTIFF (.tif)",
    ),
    # Rasters
    "bands": of_file(
        "raster ma {found} kanałów, a ma mieć jeden", "the raster has {found} bands, not one",
        "wyeksportuj jeden kanał (QGIS: Uporządkuj kanały)",
        "export one band (QGIS: Rearrange bands)",
    ),
    "not-north-up": of_place(
        "raster nie leży wzdłuż osi układu (jest obrócony, odwrócony albo nie ma położenia)",
        "the raster does not lie along the axes of its CRS (rotated, upside down, or without a "
        "place)",
        "przelicz go: gdalwarp -t_srs EPSG:2180 -tr {cell:g} {cell:g}",
        "warp it: gdalwarp -t_srs EPSG:2180 -tr {cell:g} {cell:g}",
    ),
    "too-many-cells": of_whole(
        "komórek jest {found}, najwięcej można {most}",
        "there are {found} cells, the most is {most}",
        "przytnij raster do miasta", "clip the raster to the city",
    ),
    "cell-type": of_file(
        "komórki są typu {found}, a mają być {wanted}", "the cells are {found}, not {wanted}",
        "wyeksportuj raster we właściwym typie", "export the raster in that type",
    ),
    "cell-size": of_file(
        "komórka ma {found} m, a w layer.yml stoi {wanted:g} m",
        "a cell is {found} m wide and high, but layer.yml says {wanted:g} m",
        "opublikuj właściwy plik albo popraw cell_m w layer.yml",
        "publish the right file, or correct cell_m in layer.yml",
    ),
    "raster-outside": of_place(
        "raster nie obejmuje miasta: {found}, a miasto {site}",
        "the raster does not cover the city: {found}, the city {site}",
        "sprawdź, czy to właściwy plik i właściwy układ",
        "check that file and CRS are right",
    ),
    "raster-part": of_whole(
        "raster obejmuje {share:.1f} % prostokąta miasta",
        "the raster covers {share:.1f} % of the city's rectangle",
        "poza rastrem nie ma danych: sprawdź, czy tak ma być",
        "there are no data beyond the raster: check that this is meant",
    ),
    "resampled": of_place(
        "raster przeliczono z {found} do EPSG:2180, komórka {cell:g} m, metoda {method}, "
        "przycięty do otoczenia miasta",
        "the raster was warped from {found} to EPSG:2180, cells of {cell:g} m, by {method}, "
        "clipped to the city's surroundings",
        "nic, jeśli tak ma być; wartości komórek są przybliżone",
        "nothing, if this is meant; the values of cells are approximate",
    ),
    "cells-scaled": of_theme(
        "wartości przeliczono: × {scale:g} + {offset:g}, jak mówi plik",
        "the values were turned into their unit: × {scale:g} + {offset:g}, as the file says",
        "nic, jeśli tak ma być", "nothing, if this is meant",
    ),
    "raster-empty": of_whole(
        "w rastrze nie ma ani jednej komórki z danymi", "no cell of the raster has data",
        "sprawdź wartość braku danych", "check its value for no data",
    ),
    "nodata-cells": of_whole(
        "{count} z {cells} komórek jest bez danych", "{count} of {cells} cells are without data",
        "nic, jeśli leżą poza miastem", "nothing, if they lie outside the city",
    ),
    "unknown-cell-code": of_theme(
        "{count} komórek ma kod spoza layer.yml ({found})",
        "{count} cells have a code that layer.yml does not know ({found})",
        "dopisz kod do classes w layer.yml albo uznaj te komórki za brak danych: --drop-invalid",
        "add the code to classes in layer.yml, or take these cells as no data: --drop-invalid",
    ),
    "cells-out-of-range": of_theme(
        "{count} komórek jest poza zakresem {wanted} albo nie jest liczbą",
        "{count} cells are out of the range {wanted}, or no number",
        "popraw raster albo uznaj te komórki za brak danych: --drop-invalid",
        "correct the raster, or take these cells as no data: --drop-invalid",
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
        "pominięto {count} błędnych wierszy z {read}",
        "{count} faulty rows of {read} were left out",
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
        "{count} wierszy nie ma wartości w wymaganej kolumnie {field!r}",
        "{count} rows have no value in the required column {field!r}",
        _DROP_PL, _DROP_EN,
    ),
    "geometry-missing": of_whole(
        "{count} wierszy nie ma geometrii", "{count} rows have no geometry", _DROP_PL, _DROP_EN,
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
        "{count} obiektów przecinało samo siebie o mniej niż centymetr (EPSG:2180: {at}); "
        "wycięto to",
        "{count} features crossed themselves by less than a centimetre (EPSG:2180: {at}), which "
        "was cut away",
        "nic, jeśli kształt jest dobry", "nothing, if the shape is right",
    ),
    "far-away": of_place(
        "{count} obiektów leży daleko poza miastem", "{count} features lie far outside the city",
        "sprawdź ich współrzędne", "check their coordinates",
    ),
    "not-finite": of_place(
        "{count} obiektów ma współrzędne, które nie są liczbami",
        "{count} features have coordinates that are no numbers", _DROP_PL, _DROP_EN,
    ),
    "dimension-dropped": of_place(
        "{count} obiektów ma wysokość lub miarę (Z, M): pominięto je",
        "{count} features have a height or a measure (Z, M): these were left out",
        "nic: Geobank mierzy w rzucie", "nothing: Geobank measures in the plane",
    ),
    # Geometry
    "geometry-broken": of_file(
        "{count} geometrii nie da się złożyć (na przykład pierścień nie jest zamknięty)",
        "{count} geometries cannot be built (for example a ring that is not closed)",
        "napraw je w QGIS albo pozwól na to: --repair",
        "mend them in QGIS, or allow it: --repair",
    ),
    "geometry-type": of_file(
        "{count} obiektów jest typu {found}, a warstwa przyjmuje {wanted}",
        "{count} features are of type {found}, but the layer takes {wanted}",
        "wyeksportuj warstwę właściwego typu (QGIS: Wieloczęściowe na pojedyncze, Segmentyzuj)",
        "export a layer of that type (QGIS: Multipart to singleparts, Segmentize)",
    ),
    "geometry-invalid": of_file(
        "{count} geometrii jest błędnych (przecięcia, pętle)",
        "{count} geometries are invalid (crossings, loops)",
        "napraw je w QGIS (Napraw geometrie) albo pozwól na to: --repair",
        "mend them in QGIS (Fix geometries), or allow it: --repair",
    ),
    "geometry-unrepairable": of_file(
        "{count} geometrii nie da się naprawić bez zmiany ich rodzaju",
        "{count} geometries cannot be repaired without changing what they are",
        _DROP_PL, _DROP_EN,
    ),
    "repaired": of_file(
        "naprawiono {count} geometrii; powierzchnia przed {before_m2:.2f} m2, po {after_m2:.2f} m2",
        "{count} geometries were repaired; area before {before_m2:.2f} m2, after {after_m2:.2f} m2",
        "obejrzyj je i popraw w źródle", "look at them and correct them at their source",
    ),
    "rings-rebuilt": of_file(
        "w {count} geometriach pominięto pierścienie bez wnętrza i zamknięto otwarte",
        "in {count} geometries rings without an inside were left out, and open ones closed",
        "obejrzyj je i popraw w źródle", "look at them and correct them at their source",
    ),
    "too-many-vertices": of_file(
        "obiekt ma {found} wierzchołków, najwięcej można {most}",
        "a feature has {found} vertices, the most is {most}",
        "podziel lub uprość ten obiekt", "split or simplify this feature",
    ),
    "same-geometry": of_file(
        "{count} obiektów ma dokładnie tę samą geometrię co inna",
        "{count} features have exactly the geometry of another",
        "sprawdź, czy nie są powtórzone", "check that they are not repeated",
    ),
    "coverage-overlap": of_file(
        "{count} par się nakłada, razem {area_m2:.2f} m2, a warstwa ma być podziałem",
        "{count} pairs overlap, {area_m2:.2f} m2 together, but the layer is meant as a partition",
        "popraw granice w QGIS (Sprawdzanie topologii)",
        "mend the boundaries in QGIS (Topology checker)",
    ),
    "coverage-edges": of_file(
        "{count} obiektów ma granice, które nie przystają do sąsiadów",
        "{count} features have boundaries that do not match their neighbours",
        "dociągnij je w QGIS (Przyciągnij geometrie do warstwy)",
        "snap them in QGIS (Snap geometries to layer)",
    ),
    "coverage-unchecked": of_file(
        "podziału nie sprawdzono: obiektów jest ponad {most}",
        "the partition was not checked: there are more than {most} features",
        "sprawdź go w QGIS (Sprawdzanie topologii)", "check it in QGIS (Topology checker)",
    ),
    "coverage-gap": of_file(
        "{count} luk w podziale, razem {area_m2:.2f} m2",
        "{count} gaps in the partition, {area_m2:.2f} m2 together",
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
        "w polu {field!r} przeliczono {count} wartości z {found} na {wanted}",
        "in the field {field!r} {count} values were turned from {found} into {wanted}",
        "zapisz kolumnę we właściwym typie", "save the column in the right type",
    ),
    "zone-assumed": of_time(
        "pole {field!r} nie podaje strefy czasowej: przyjęto UTC",
        "the field {field!r} names no time zone: UTC was assumed",
        "zapisz czas ze strefą", "save the time with its zone",
    ),
    "wrong-type": of_file(
        "w kolumnie {field!r} {count} wartości to nie {wanted}",
        "in the column {field!r} {count} values are no {wanted}", _DROP_PL, _DROP_EN,
    ),
    "pattern": of_theme(
        "w kolumnie {field!r} {count} wartości nie pasuje do wzoru {wanted}",
        "in the column {field!r} {count} values do not match {wanted}", _DROP_PL, _DROP_EN,
    ),
    "unknown-code": of_theme(
        "w kolumnie {field!r} {count} wartości jest spoza słownika ({wanted})",
        "in the column {field!r} {count} values are not in the dictionary ({wanted})",
        _DROP_PL + "; albo dopisz kod do layer.yml", _DROP_EN + "; or add the code to layer.yml",
    ),
    "out-of-range": of_theme(
        "w kolumnie {field!r} {count} wartości jest poza zakresem {wanted}",
        "in the column {field!r} {count} values are out of the range {wanted}", _DROP_PL, _DROP_EN,
    ),
    "text-too-long": of_theme(
        "w kolumnie {field!r} {count} wartości ma ponad {wanted} znaków",
        "in the column {field!r} {count} values have more than {wanted} characters",
        _DROP_PL, _DROP_EN,
    ),
    "duplicate-id": of_file(
        "{count} identyfikatorów powtarza się w kolumnie {field!r}",
        "{count} ids stand more than once in the column {field!r}",
        "zostaw jeden obiekt na identyfikator", "keep one feature per id",
    ),
}  # fmt: skip
