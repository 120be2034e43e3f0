"""Files of whole collections, and rasters, over HTTP."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from geo.errors import NotFoundError
from geo.flow.export.formats import FORMATS, Format
from geo.model import Layer, Project
from geo.model.derived import all_layers
from geo.serve.answers import Answer, takes_gzip, unchanged
from geo.serve.current import current
from geo.serve.downloads.kept import kept, packed
from geo.serve.parameters import check_names
from geo.store.snapshot import Snapshot

RASTER_SUFFIX = ".tif"
RASTER_TYPE = "image/tiff; application=geotiff; profile=cloud-optimized"


class DownloadEndpoints:
    """Each collection as files: ``/collections/{id}/files/{id}.gpkg``; ``/rasters/{id}.tif``.

    Parameters
    ----------
    project : Project
    root : Path
        The data folder; built files are kept in it.
    """

    def __init__(self, project: Project, root: Path) -> None:
        self._layers = all_layers(project)
        self._rasters = project.rasters
        self._root = root

    def table(self) -> list[tuple[str, Answer]]:
        """Return path below /api -> what answers it."""
        return [
            ("/collections/{layer_id}/files/{name}", self.file),
            ("/rasters/{name}", self.raster),
        ]

    def file(self, request: Request) -> Response:
        """Answer one file, or the part of it that was asked for."""
        check_names(request.query_params, ())
        layer, snapshot, form = self._wanted(request)
        tag = f'"{snapshot.version}{form.suffix}"'
        headers = {
            "ETag": tag,
            "Cache-Control": "public, no-cache",
            "Content-Disposition": f'attachment; filename="{_name(layer, snapshot, form)}"',
            "Vary": "Accept-Encoding",
            # Said even where there is none: nothing on the way compresses it again.
            "Content-Encoding": "identity",
        }
        if unchanged(request.headers, tag):
            return Response(status_code=304, headers={"ETag": tag, "Vary": "Accept-Encoding"})
        path = kept(self._root, layer, snapshot, form)
        if form.text and takes_gzip(request.headers) and "range" not in request.headers:
            # A strong tag names bytes: the packed ones are others.
            headers |= {"Content-Encoding": "gzip", "ETag": f"W/{tag}"}
            path = packed(path)
        return FileResponse(path, headers=headers, media_type=form.media_type)

    def raster(self, request: Request) -> Response:
        """Answer a raster as it is stored: a GeoTIFF that clients read window by window."""
        check_names(request.query_params, ())
        name = str(request.path_params["name"])
        raster_id = name.removesuffix(RASTER_SUFFIX)
        known = raster_id in self._rasters and name != raster_id
        snapshot = current(self._root).snapshot(raster_id) if known else None
        if snapshot is None:
            raise NotFoundError(
                f"there is no raster {name!r}",
                fix="there are: " + ", ".join(f"{each}{RASTER_SUFFIX}" for each in self._rasters),
            )
        tag = f'"{snapshot.version}"'
        headers = {"ETag": tag, "Cache-Control": "public, no-cache", "Content-Encoding": "identity"}
        if unchanged(request.headers, tag):
            return Response(status_code=304, headers={"ETag": tag})
        return FileResponse(snapshot.coverage, headers=headers, media_type=RASTER_TYPE)

    def _wanted(self, request: Request) -> tuple[Layer, Snapshot, Format]:
        layer_id, name = request.path_params["layer_id"], request.path_params["name"]
        layer, snapshot = self._layers.get(layer_id), current(self._root).snapshot(layer_id)
        if layer is None or snapshot is None:
            raise NotFoundError(
                f"no collection has the id {layer_id!r}", fix="see /collections for those there are"
            )
        if snapshot.is_promised:
            raise NotFoundError(
                "this evidence is made when it is asked for, and has no files",
                where=layer_id,
                fix="`geobank indicators evidence ID --zone ZONE` (or _all) writes it as a file",
            )
        suffix = name.removeprefix(layer_id)
        if not name.startswith(layer_id) or suffix not in FORMATS:
            offered = ", ".join(f"{layer_id}{each}" for each in FORMATS)
            raise NotFoundError(f"there is no file {name!r}", where=layer_id, fix=offered)
        return layer, snapshot, FORMATS[suffix]


def _name(layer: Layer, snapshot: Snapshot, form: Format) -> str:
    """Return the name under which a browser saves it: with the day of the version."""
    day = snapshot.version[:8]
    return f"{layer.id}-{day[:4]}-{day[4:6]}-{day[6:]}{form.suffix}"
