"""The paths of the tiles, as a stranger reads the document."""

from __future__ import annotations

from openapi_spec_validator import validate

from geo.model import Project
from geo.model.derived import all_layers
from geo.serve.tiles.openapi import paths
from geo.serve.tiles.routes import TileEndpoints


def test_the_paths_are_a_valid_document_without_references(project: Project) -> None:
    found = paths(project, all_layers(project).values(), "pl")
    validate({"openapi": "3.0.3", "info": {"title": "A", "version": "1"}, "paths": found})
    assert "$ref" not in repr(found)


def test_every_route_is_described(project: Project, tmp_path) -> None:
    described = {
        path.replace("/parcels/", "/{layer_id}/")
        .replace("WebMercatorQuad", "{matrix_set}")
        .replace("{tileMatrix}/{tileRow}/{tileCol}", "{z}/{y}/{x}")
        for path in paths(project, [project.layers["parcels"]], "en")
    }
    served = {path for path, _ in TileEndpoints(project, tmp_path, "http://a/api").table()}
    assert described == served
