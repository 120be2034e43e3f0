"""pygeoapi's provider over the published snapshots, for a stock ``pygeoapi serve``.

It is made anew for every request. Our own server answers features without it; see
:mod:`geo.serve.features`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import orjson
from pygeoapi.crs import CrsTransformSpec
from pygeoapi.provider.base import (
    BaseProvider,
    ProviderInvalidQueryError,
    ProviderItemNotFoundError,
)

from geo.crs import CRS84, code_of
from geo.errors import UsageError
from geo.serve.config import json_type
from geo.serve.current import current
from geo.serve.formatter import Fragments, pared
from geo.store.boxes import Area
from geo.store.query import ServeDB, open_serve


class SnapshotProvider(BaseProvider):  # type: ignore[misc]
    """Features of one layer, read from the serve.sqlite of its current version.

    Parameters
    ----------
    provider_def : dict
        ``data`` is the data folder, ``table`` the layer's id, ``options.fields`` the public
        fields with their types in layer.yml; see :mod:`geo.serve.config`.
    """

    def __init__(self, provider_def: dict[str, Any]) -> None:
        super().__init__(provider_def)
        self.layer_id: str = provider_def["table"]
        self._fields = {
            name: json_type(kind) for name, kind in provider_def["options"]["fields"].items()
        }

    def get_fields(self) -> dict[str, dict[str, str]]:
        """Return the public fields with their JSON Schema types."""
        return self._fields

    def query(
        self,
        offset: int = 0,
        limit: int = 10,
        resulttype: str = "results",
        bbox: list[float] | None = None,
        properties: list[tuple[str, str]] | None = None,
        sortby: list[dict[str, str]] | None = None,
        select_properties: list[str] | None = None,
        skip_geometry: bool = False,
        filterq: object = None,
        crs_transform_spec: CrsTransformSpec | None = None,
        **others: object,
    ) -> dict[str, Any]:
        """Return a page of features.

        Parameters
        ----------
        bbox : list of float, shape (4,) or (6,)
            CRS84, degrees.
        properties : list of (field, text)
            Equality filters.

        Raises
        ------
        ProviderInvalidQueryError
            For a filter that pygeoapi has parsed (refused, never ignored), or a value that has no
            meaning.
        """
        if filterq is not None:
            raise ProviderInvalidQueryError(user_msg="filter is not supported")
        try:
            page = self._open().page(
                limit=limit,
                offset=offset,
                area=_area(bbox),
                equals=dict(properties or ()),
                sort=[(key["property"], key["order"] == "-") for key in sortby or ()],
                crs=_stored(crs_transform_spec),
                hits=resulttype == "hits",
            )
        except UsageError as error:
            _refuse(error)
        features: list[Any] = Fragments(page.fragments)
        if skip_geometry or select_properties:
            features = [pared(one, skip_geometry, select_properties or ()) for one in features]
        return {
            "type": "FeatureCollection",
            "numberMatched": page.matched,
            "numberReturned": len(features),
            "features": features,
        }

    def get(
        self,
        identifier: str,
        crs_transform_spec: CrsTransformSpec | None = None,
        **others: object,
    ) -> dict[str, Any]:
        """Return one feature.

        Raises
        ------
        ProviderItemNotFoundError
            If the layer has none of that id.
        """
        found = self._open().one(identifier, _stored(crs_transform_spec))
        if found is None:
            raise ProviderItemNotFoundError(user_msg="no feature has that id")
        feature: dict[str, Any] = orjson.loads(found)
        return feature

    def _open(self) -> ServeDB:
        snapshot = current(Path(self.data)).snapshot(self.layer_id)
        if snapshot is None:
            raise ProviderItemNotFoundError(user_msg="nothing is published in this collection yet")
        if snapshot.is_promised:
            raise ProviderItemNotFoundError(
                user_msg="this evidence is made when it is asked for, by `geobank serve` alone"
            )
        return open_serve(snapshot)


def _refuse(error: UsageError) -> NoReturn:
    raise ProviderInvalidQueryError(user_msg=str(error)) from error


def _area(bbox: list[float] | None) -> Area | None:
    if not bbox:
        return None
    west, south, east, north = bbox if len(bbox) == 4 else (*bbox[0:2], *bbox[3:5])
    return Area((west, south, east, north))


def _stored(spec: CrsTransformSpec | None) -> str:
    """Return the code of the CRS that is asked for: pygeoapi turns nothing itself."""
    return code_of(spec.target_crs_uri) if spec else CRS84
