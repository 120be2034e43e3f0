"""Where records come from: the project's files, and the manifests of what is published."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from geo.limits import limit
from geo.model import Indicator, Layer
from geo.model.derived import VALUES, evidence_id
from geo.model.layer import Described
from geo.model.raster import Raster
from geo.model.text import Text
from geo.model.themes import SCHEME, THEMES
from geo.serve.config import marked
from geo.serve.current import current
from geo.serve.downloads.describe import collection_links as file_links
from geo.serve.downloads.routes import RASTER_SUFFIX, RASTER_TYPE
from geo.serve.live import Edition
from geo.serve.records.notebooks import Notebook, notebooks
from geo.serve.records.record import GEOJSON, ID, Document, Record, link
from geo.serve.tiles.describe import collection_links as tile_links
from geo.store.snapshot import Manifest, Snapshot, read_table

SPDX = frozenset(
    (
        "CC0-1.0", "CC-BY-3.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0",
        "ODbL-1.0", "ODC-By-1.0", "PDDL-1.0", "OGL-UK-3.0", "DL-DE-BY-2.0", "DL-DE-ZERO-2.0",
        "etalab-2.0", "EUPL-1.2", "MIT", "Apache-2.0",
    )
)  # fmt: skip
"""Licences for data and teaching that have an identifier of https://spdx.org/licenses."""

_FORMATS = {
    GEOJSON: "GeoJSON",
    "application/vnd.mapbox-vector-tile": "Mapbox Vector Tiles",
    "application/x-ipynb+json": "Jupyter Notebook",
    "application/geopackage+sqlite3": "GeoPackage",
    "application/flatgeobuf": "FlatGeobuf",
    "application/vnd.apache.parquet": "GeoParquet",
    "application/vnd.ogc.fg+json": "JSON-FG",
    "text/csv": "CSV",
    RASTER_TYPE: "GeoTIFF",
}
_CODE = re.compile(r"(?P<scheme>[^,]+),? (?P<value>[\w.]+)")
"""``ISO 37120:2018, 19.4``; the scheme is served as ``ISO 37120-2018``: a colon parts the two."""

_GEODATA = "http://www.opengis.net/def/rel/ogc/1.0/geodata"
_OPEN = Text(pl="Otwórz w portalu", en="Open in the portal")
_VALUES = Text(pl="Wartości w strefach", en="Values by zone")
_EVIDENCE = Text(pl="Dowód: kawałki mapy za liczbą", en="Evidence: pieces behind the number")
_TABLE = Text(pl="Tabela wartości", en="Table of values")


@dataclass(frozen=True)
class Sources:
    """Reads the records of one edition.

    Parameters
    ----------
    edition : Edition
    root : Path
        The data folder.
    portal : bool
        Whether the server has the portal, so that a record may lead to its pages.
    """

    edition: Edition
    root: Path
    portal: bool

    def records(self) -> list[Record]:
        """Return one record per published layer or raster, per card and per notebook.

        Evidence has none of its own: it is the other half of its indicator, which links to it.
        """
        own = [*self.edition.project.layers, VALUES]
        layers = [self.edition.layers[each] for each in own if each in self.edition.layers]
        cards = self.edition.project.indicators.values()
        found = [self._of_layer(layer) for layer in layers]
        rasters = self.edition.project.rasters.values()
        found += [each for raster in rasters if (each := self._of_raster(raster))]
        found += [self._of_card(card) for card in cards]
        found += [self._of_notebook(each) for each in notebooks(self.edition.project.root)]
        return found

    def _of_layer(self, layer: Layer) -> Record:
        snapshot = self.edition.snapshots[layer.id]
        return self._dataset(
            layer,
            snapshot.manifest,
            tuple(self._links_of_layer(layer)),
            more=(layer.source.name, *_meanings(layer), _same(layer.steward.name)),
            also=tuple(_names(layer, snapshot)),
            features=snapshot.manifest.features,
        )

    def _dataset(
        self,
        found: Described,
        manifest: Manifest,
        links: tuple[Document, ...],
        *,
        more: tuple[Text, ...],
        also: tuple[Text, ...] = (),
        **counted: int,
    ) -> Record:
        return Record(
            id=f"layer.{found.id}",
            kind="dataset",
            title=marked(found.title, synthetic=manifest.synthetic),
            description=found.description,
            keywords=found.keywords,
            more=more,
            also=also,
            box=manifest.bbox84,
            created=self._created(found.id),
            updated=manifest.created_at,
            licence=found.licence.id if found.licence.id in SPDX else "other",
            contacts=((found.steward, "custodian"),),
            formats=_formats(links),
            extra={
                "rights": found.licence.name,
                "source": found.source.name,
                "version": manifest.version,
                **counted,
                "synthetic": manifest.synthetic,
            },
            links=links,
        )

    def _links_of_layer(self, layer: Layer) -> Iterator[Document]:
        base, title = self._base, layer.title
        above = f"{base}/collections/{layer.id}"
        if self.portal and not layer.derived:
            yield link("about", "text/html", _OPEN, f"{self._server}/warstwy#{layer.id}")
        yield link(_GEODATA, "application/json", title, above)
        yield link("items", GEOJSON, title, f"{above}/items")
        if not self.edition.promised(layer.id):
            yield from tile_links(base, layer.id)
            yield from _files(base, layer.id)
        yield from _licence(layer)
        if layer.source.url:
            yield link("via", "text/html", layer.source.name, layer.source.url)

    def _of_raster(self, raster: Raster) -> Record | None:
        """Return the record of a raster; None before its first publication."""
        snapshot = current(self.root).snapshot(raster.id)
        if snapshot is None:
            return None
        address = f"{self._base}/rasters/{raster.id}{RASTER_SUFFIX}"
        links = [link("enclosure", RASTER_TYPE, raster.title, address)]
        if self.portal:
            page = f"{self._server}/warstwy#{raster.id}"
            links.insert(0, link("about", "text/html", _OPEN, page))
        return self._dataset(
            raster,
            snapshot.manifest,
            (*links, *_licence(raster)),
            more=(raster.source.name, *(one.title for one in raster.classes.values())),
        )

    def _of_card(self, card: Indicator) -> Record:
        zones = self.edition.snapshots.get(self.edition.project.zones_of(card).id)
        evidence = self.edition.snapshots.get(evidence_id(card.id))
        manifest = evidence.manifest if evidence else None
        links = tuple(self._links_of_card(card, computed=manifest is not None))
        theme: Document = {"id": card.theme, "title": THEMES[card.theme], "scheme": SCHEME}
        return Record(
            id=f"indicator.{card.id}",
            kind="indicator",
            title=marked(card.title, synthetic=manifest.synthetic if manifest else False),
            description=Text(
                pl=f"{card.question.pl} {card.definition.pl}",
                en=f"{card.question.en} {card.definition.en}",
            ),
            keywords=(THEMES[card.theme], Text(pl="wskaźnik", en="indicator")),
            more=tuple(_same(standard.code) for standard in card.standards),
            also=tuple(self._about(card)),
            themes=(theme,),
            box=zones.manifest.bbox84 if zones else None,
            created=self._created(evidence_id(card.id)),
            updated=manifest.created_at if manifest else "",
            licence="CC-BY-4.0",
            contacts=((card.steward, "custodian"),),
            formats=_formats(links),
            external_ids=_external(card),
            extra={
                "unit": card.unit,
                "caveat": card.caveat,
                **({"modelled": card.modelled} if card.modelled else {}),
                "version": manifest.version if manifest else "",
                "inputs": dict(manifest.inputs) if manifest else [],
                "synthetic": manifest.synthetic if manifest else False,
            },
            links=links,
        )

    def _links_of_card(self, card: Indicator, *, computed: bool) -> Iterator[Document]:
        base = self._base
        page = f"{self._server}/wskazniki/{card.id}"
        if self.portal:
            yield link("about", "text/html", _OPEN, page)
        if computed:
            values = f"{base}/collections/{VALUES}/items?indicator={card.id}"
            evidence = f"{base}/collections/{evidence_id(card.id)}"
            yield link("items", GEOJSON, _VALUES, values)
            yield link("related", "application/json", _EVIDENCE, evidence)
            if self.portal:
                yield link("enclosure", "text/csv", _TABLE, f"{page}/tabela.csv")
            if not self.edition.promised(evidence_id(card.id)):
                yield from _files(base, evidence_id(card.id))
        for layer_id in self._inputs(card):
            found = self.edition.project.layer(layer_id)
            address = f"{base}/collections/{ID}/items/layer.{layer_id}"
            yield link("via", GEOJSON, found.title, address)

    def _about(self, card: Indicator) -> Iterator[Text]:
        """Give what the layers that a card measures are called, and found by."""
        for layer_id in dict.fromkeys([card.of.layer, *([card.to.layer] if card.to else [])]):
            found = self.edition.project.layer(layer_id)
            yield from (found.title, *found.keywords)

    def _inputs(self, card: Indicator) -> list[str]:
        """Return the layers that a card reads, of those that are published, each once."""
        evidence = self.edition.snapshots.get(evidence_id(card.id))
        read = evidence.manifest.inputs if evidence else [term.layer for term in card.terms]
        return [each for each in dict.fromkeys(read) if self._published(each)]

    def _of_notebook(self, notebook: Notebook) -> Record:
        address = f"{self._base}/notebooks/{quote(notebook.name)}.ipynb"
        links = (link("enclosure", "application/x-ipynb+json", notebook.title, address),)
        return Record(
            id=f"notebook.{notebook.name}",
            kind="notebook",
            title=notebook.title,
            description=notebook.description,
            keywords=(Text(pl="lekcja", en="lesson"), Text(pl="Python", en="Python")),
            licence=notebook.licence,
            contacts=((self.edition.project.site.contact, "publisher"),),
            formats=_formats(links),
            links=links,
        )

    def _created(self, layer_id: str) -> str:
        """Return when the first version of a layer was published; empty before that."""
        every = self.edition.catalog.versions(layer_id)
        return every[-1].created_at if every else ""

    def _published(self, layer_id: str) -> bool:
        """Tell whether a layer or raster of the city has a record."""
        project = self.edition.project
        if layer_id in project.rasters:
            return current(self.root).snapshot(layer_id) is not None
        return layer_id in project.layers and layer_id in self.edition.snapshots

    @property
    def _base(self) -> str:
        return self.edition.base_url

    @property
    def _server(self) -> str:
        return self.edition.server_url


def _files(base: str, layer_id: str) -> Iterator[Document]:
    both = zip(file_links(base, layer_id, "pl"), file_links(base, layer_id, "en"), strict=True)
    for polish, english in both:
        yield {**polish, "title": Text(pl=polish["title"], en=english["title"])}


def _licence(layer: Described) -> Iterator[Document]:
    if layer.licence.url:
        yield link("license", "text/html", layer.licence.name, layer.licence.url)


def _formats(links: tuple[Document, ...]) -> tuple[tuple[str, str], ...]:
    given = [x["type"] for x in links if x["rel"] in ("items", "enclosure")]
    return tuple((_FORMATS.get(kind, kind), kind) for kind in dict.fromkeys(given))


def _external(card: Indicator) -> tuple[tuple[str, str], ...]:
    """Return the numbers of standards that a card is; a proxy is not the standard's indicator."""
    found = []
    for standard in card.standards:
        parts = _CODE.fullmatch(standard.code)
        if parts and standard.conformance != "proxy":
            found.append((parts["scheme"].replace(":", "-"), parts["value"]))
    return tuple(found)


def _meanings(layer: Layer) -> list[Text]:
    fields = layer.public_fields
    return [f.title for f in fields] + [v for f in fields for v in (f.values or {}).values()]


def _names(layer: Layer, snapshot: Snapshot) -> list[Text]:
    """Return the names that stand in a small layer: a district's is looked for by itself."""
    field = layer.field(layer.title_field) if layer.title_field else None
    if (
        field is None
        or not field.public
        or layer.derived
        or layer.style.palette  # symbols of plans name no place
        or snapshot.manifest.features > limit("map_features")
    ):
        return []
    titles = read_table(snapshot, columns=[field.name]).column(field.name).unique().to_pylist()
    return [_same(str(title)) for title in titles if title is not None]


def _same(text: str) -> Text:
    return Text(pl=text, en=text)
