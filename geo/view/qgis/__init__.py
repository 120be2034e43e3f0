"""A QGIS project of everything that is published: written without QGIS, read by 3.22 and later."""

from geo.view.qgis.project import project_file

__all__ = ["project_file"]
