"""Run by Debian's python3 with QGIS: read every collection and write down what came.

Arguments: the API's address, the file to write (JSON), and the collections.
"""

import json
import sys

from qgis.core import (
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsProject,
    QgsVectorLayer,
)


def read(url: str, name: str) -> dict:
    """Return what QGIS makes of one collection; boxes in EPSG:2180, easting first."""
    layer = QgsVectorLayer(f"url='{url}' typename='{name}' pagingEnabled='true'", name, "OAPIF")
    if not layer.isValid():
        return {"error": layer.error().summary()}
    metric = QgsCoordinateReferenceSystem("EPSG:2180")
    turn = QgsCoordinateTransform(layer.crs(), metric, QgsProject.instance())
    fields = [field.name() for field in layer.fields()]
    features = {}
    for feature in layer.getFeatures():
        geometry = feature.geometry()
        geometry.transform(turn)
        box = geometry.boundingBox()
        values = [value if isinstance(value, (str, int, float, bool)) else None
                  for value in feature.attributes()]  # fmt: skip
        features[str(feature["id"])] = {
            "values": dict(zip(fields, values)),  # noqa: B905 - Debian's Python is 3.9 or later
            "box": [box.xMinimum(), box.yMinimum(), box.xMaximum(), box.yMaximum()],
        }
    extent = layer.extent()
    return {
        "count": layer.featureCount(),
        "extent": [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()],
        "features": features,
    }


def main() -> None:
    """Read all collections that are asked for."""
    url, target, *names = sys.argv[1:]
    application = QgsApplication([], False)
    application.initQgis()
    try:
        found = {name: read(url, name) for name in names}
    finally:
        application.exitQgis()
    with open(target, "w") as file:  # noqa: PTH123 - a script of its own
        json.dump(found, file)


main()
