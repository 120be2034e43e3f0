"""What every file that leaves the house says of itself."""

from __future__ import annotations

from importlib.metadata import version as installed
from typing import Any

from geo import crs
from geo.model import Layer
from geo.model.text import Language
from geo.store.snapshot import Snapshot

_SYNTHETIC = {
    "pl": "Dane syntetyczne: wymyślone, nie opisują prawdziwego miasta.",
    "en": "Synthetic data: invented, they describe no real city.",
}


def provenance(layer: Layer, snapshot: Snapshot) -> dict[str, Any]:
    """Return whose data these are, which version, and under which licence.

    Returns
    -------
    dict
        Plain JSON. A file of the same version always says the same.
    """
    manifest, licence = snapshot.manifest, layer.licence
    return {
        "collection": layer.id,
        "title": _both(layer.title),
        "description": _both(layer.description),
        "version": snapshot.version,
        "published": manifest.created_at,
        "licence": {"id": licence.id, "name": licence.name, "url": licence.url},
        "source": {"name": _both(layer.source.name), "url": layer.source.url},
        "steward": {"name": layer.steward.name, "email": layer.steward.email},
        "synthetic": manifest.synthetic,
        "crs": crs.METRIC,
        "features": manifest.features,
        "inputs": manifest.inputs,
        "software": f"Geobank {installed('geobank')}",
    }


def sentence(layer: Layer, snapshot: Snapshot, language: Language) -> str:
    """Return the same as one line that may stand under a map or a table."""
    manifest = snapshot.manifest
    words = {"pl": ("źródło", "wersja", "licencja"), "en": ("source", "version", "licence")}
    source, version, licence = words[language]
    text = (
        f"{layer.title[language]}; {source}: {layer.source.name[language]}; "
        f"{version}: {snapshot.version}; {licence}: {layer.licence.id}"
    )
    return f"{text}. {_SYNTHETIC[language]}" if manifest.synthetic else text


def _both(text: Any) -> dict[str, str]:  # noqa: ANN401 - a Text
    return {"pl": text.pl, "en": text.en}
