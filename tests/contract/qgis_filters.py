"""Run by Debian's python3 with QGIS: read collections through filters, and through none.

Arguments: the API's address, the file to write (JSON), and pairs of a collection and an expression.
"""

import json
import sys

from qgis.core import (
    QgsApplication,
    QgsExpression,
    QgsExpressionContext,
    QgsFeatureRequest,
    QgsVectorLayer,
)


def opened(url: str, name: str) -> QgsVectorLayer:
    """Return a collection as a layer of its own, which has read nothing yet."""
    return QgsVectorLayer(f"url='{url}' typename='{name}' pagingEnabled='true'", name, "OAPIF")


def read(url: str, name: str, text: str) -> dict:
    """Return the ids that come by a request, by a subset, and by a look at every feature."""
    request = QgsFeatureRequest().setFilterExpression(text)
    by_request = [feature["id"] for feature in opened(url, name).getFeatures(request)]
    layer = opened(url, name)
    # 3.22 takes no subset that is not a comparison, such as the name of a boolean alone.
    taken = layer.setSubsetString(text)
    by_subset = [feature["id"] for feature in layer.getFeatures()] if taken else None
    expression, context, local = QgsExpression(text), QgsExpressionContext(), []
    for feature in opened(url, name).getFeatures():
        context.setFeature(feature)
        context.setFields(feature.fields())
        if expression.evaluate(context):
            local.append(feature["id"])
    return {"request": by_request, "subset": by_subset, "local": local}


def main() -> None:
    """Try all that is asked for."""
    url, target, *pairs = sys.argv[1:]
    application = QgsApplication([], False)
    application.initQgis()
    try:
        found = [read(url, name, text) for name, text in zip(pairs[::2], pairs[1::2])]  # noqa: B905
    finally:
        application.exitQgis()
    with open(target, "w") as file:  # noqa: PTH123 - a script of its own
        json.dump(found, file)


main()
