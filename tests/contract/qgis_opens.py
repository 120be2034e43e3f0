"""Run by Debian's python3 with QGIS: open a project and write down what came of it.

Arguments: the project, and the folder for found.json and the maps.
"""

import json
import sys

from qgis.core import (
    QgsApplication,
    QgsExpressionContextUtils,
    QgsMapLayer,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsProject,
    QgsRectangle,
    QgsRenderContext,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor, qAlpha


def look_at(layer):
    """Return what QGIS makes of one layer, and the colour that each feature is drawn in."""
    renderer = layer.renderer()
    kind = renderer.type()
    if kind == "categorizedSymbol":
        classes = [[c.label(), bool(c.symbol() and c.symbol().symbolLayerCount())]
                   for c in renderer.categories()]  # fmt: skip
    elif kind == "graduatedSymbol":
        classes = [[r.label(), bool(r.symbol() and r.symbol().symbolLayerCount())]
                   for r in renderer.ranges()]  # fmt: skip
    else:
        classes = [["", renderer.symbol().symbolLayerCount() > 0]]
    found = {
        "valid": layer.isValid(),
        "name": layer.name(),
        "crs": layer.crs().authid(),
        "read_only": layer.readOnly(),
        "classes": classes,
        "far": layer.isInScaleRange(40_000),
        "near": layer.isInScaleRange(1_000),
        "labels": layer.labelsEnabled(),
        "abstract": layer.abstract(),
        "attribution": layer.attribution(),
        "licences": layer.metadata().licenses(),
        "aliases": {field.name(): field.alias() for field in layer.fields()},
        "features": {},
    }
    context = QgsRenderContext()
    renderer.startRender(context, layer.fields())
    for feature in layer.getFeatures():
        context.expressionContext().setFeature(feature)
        symbol = renderer.symbolForFeature(feature, context)
        found["features"][feature["id"]] = symbol.color().name() if symbol else None
    renderer.stopRender(context)
    return found


def look_at_raster(layer):
    """Return what QGIS makes of a raster: its legend, and the colour of its middle cells."""
    renderer = layer.renderer()
    extent, colours = layer.extent(), []
    block = renderer.block(1, extent, 40, 40)
    for row in range(40):
        for column in range(40):
            colour = block.color(row, column)
            colours.append(QColor(colour).name() if qAlpha(colour) else None)
    return {
        "valid": layer.isValid(),
        "name": layer.name(),
        "crs": layer.crs().authid(),
        "kind": renderer.type(),
        "legend": [[words, colour.name()] for words, colour in renderer.legendSymbologyItems()],
        "abstract": layer.abstract(),
        "attribution": layer.attribution(),
        "licences": layer.metadata().licenses(),
        "colours": colours,
        "extent": [extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum()],
    }


def draw(project, extent, target):
    """Render what is switched on as the map window does; return the scale and the labels."""
    root = project.layerTreeRoot()
    shown = [each for each in root.layerOrder() if root.findLayer(each.id()).isVisible()]
    settings = QgsMapSettings()
    settings.setLayers(shown)
    settings.setDestinationCrs(project.crs())
    settings.setExtent(extent)
    settings.setOutputSize(QSize(1000, 1000))
    settings.setOutputDpi(96)
    context = project.createExpressionContext()
    context.appendScope(QgsExpressionContextUtils.mapSettingsScope(settings))
    settings.setExpressionContext(context)
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    assert not job.errors(), job.errors()
    job.renderedImage().save(target)
    labels = [[each.layerID, each.labelText] for each in job.takeLabelingResults().allLabels()]
    return {"scale": settings.scale(), "labels": labels}


def main():
    """Open the project, look at everything, draw the city and a street."""
    path, folder = sys.argv[1:]
    application = QgsApplication([], False)
    application.initQgis()
    project = QgsProject.instance()
    found = {"read": project.read(path), "title": project.title(), "crs": project.crs().authid()}
    view = project.viewSettings().defaultViewExtent()
    found["view"] = [view.xMinimum(), view.yMinimum(), view.xMaximum(), view.yMaximum()]
    found["groups"] = [
        [group.name(), group.isVisible(), group.isExpanded(), group.isMutuallyExclusive(),
         [node.layerId() for node in group.children()]]
        for group in project.layerTreeRoot().children()
    ]  # fmt: skip
    # Maps first: what a person sees before anything was fetched whole.
    found["city"] = draw(project, view, f"{folder}/city.png")
    middle = view.center()
    street = QgsRectangle(middle.x() - 300, middle.y() - 300, middle.x() + 300, middle.y() + 300)
    found["street"] = draw(project, street, f"{folder}/street.png")
    project.layerTreeRoot().findGroup("Wskaźniki").setItemVisibilityChecked(True)
    node = project.layerTreeRoot().findLayer("geobank_indicator_greenery_per_person")
    node.setItemVisibilityChecked(True)
    found["choropleth"] = draw(project, view, f"{folder}/choropleth.png")
    every = project.mapLayers().items()
    cells = {name for name, each in every if each.type() == QgsMapLayer.RasterLayer}
    found["layers"] = {name: look_at(each) for name, each in every if name not in cells}
    found["rasters"] = {name: look_at_raster(each) for name, each in every if name in cells}
    with open(f"{folder}/found.json", "w") as file:  # noqa: PTH123 - a script of its own
        json.dump(found, file)
    project.clear()
    application.exitQgis()


main()
