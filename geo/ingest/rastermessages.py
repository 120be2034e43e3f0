"""What the taking-in of a raster may say besides, in two languages, as data."""

from __future__ import annotations

from geo.ingest.message import Message, of_file, of_place, of_theme, of_whole

# What cells are mended by besides, and what is said where that was asked for already.
DROP_PL = " albo uznaj te komórki za brak danych: --drop-invalid"
DROP_EN = ", or take these cells as no data: --drop-invalid"
LEFT_PL = "; te komórki wzięto za brak danych, jak polecono"
LEFT_EN = "; these cells were taken as no data, as was asked"

RASTERS: dict[str, Message] = {
    "unknown-raster-format": of_file(
        "ta warstwa jest rastrem, a pliku z rozszerzeniem {found!r} nie przyjmujemy",
        "this layer is a raster, and files with the ending {found!r} are not taken",
        "wyeksportuj do GeoTIFF (.tif)", "export to GeoTIFF (.tif)",
    ),
    "bands": of_file(
        "raster ma {found:kanał|kanały|kanałów}, a ma mieć jeden",
        "the raster has {found:band|bands}, not one",
        "wyeksportuj jeden kanał (QGIS: Uporządkuj kanały)",
        "export one band (QGIS: Rearrange bands)",
    ),
    "not-north-up": of_place(
        "raster nie leży wzdłuż osi układu (jest obrócony, odwrócony albo nie ma położenia)",
        "the raster does not lie along the axes of its CRS (rotated, upside down, or without a "
        "place)",
        "przelicz go: gdalwarp -t_srs EPSG:2180 -tr {cell} {cell}",
        "warp it: gdalwarp -t_srs EPSG:2180 -tr {cell} {cell}",
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
        "komórki bez danych: {count} z {cells}", "cells without data: {count} of {cells}",
        "nic, jeśli leżą poza miastem", "nothing, if they lie outside the city",
    ),
    "unknown-cell-code": of_theme(
        "{count:komórka ma|komórki mają|komórek ma} kod spoza layer.yml ({found})",
        "{count:cell has|cells have} a code that layer.yml does not know ({found})",
        "dopisz kod do classes w layer.yml" + DROP_PL,
        "add the code to classes in layer.yml" + DROP_EN,
    ),
    "cells-out-of-range": of_theme(
        "{count:komórka jest|komórki są|komórek jest} poza zakresem {wanted} albo bez liczby",
        "{count:cell is|cells are} out of the range {wanted}, or no number",
        "popraw raster" + DROP_PL, "correct the raster" + DROP_EN,
    ),
}  # fmt: skip
