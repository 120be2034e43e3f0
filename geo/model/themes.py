"""The themes of indicator cards: the twenty dashboards of Kielce, which are ISO 37120's."""

from __future__ import annotations

from typing import Literal

from geo.model.text import Text

Theme = Literal[
    "population", "education", "health", "sport_culture", "civic_activity", "administration",
    "environment_climate", "spatial_planning", "economy", "housing", "recreation", "agriculture",
    "finance", "safety", "water", "wastewater", "energy", "solid_waste", "telecommunication",
    "transport",
]  # fmt: skip

SCHEME = "ISO 37120:2018"
"""What the identifiers of :data:`THEMES` are taken from."""

THEMES: dict[Theme, Text] = {
    "population": Text(pl="Ludność", en="Population"),
    "spatial_planning": Text(pl="Planowanie przestrzenne", en="Spatial planning"),
    "environment_climate": Text(pl="Środowisko i klimat", en="Environment and climate"),
    "recreation": Text(pl="Rekreacja", en="Recreation"),
    "transport": Text(pl="Transport", en="Transport"),
    "education": Text(pl="Edukacja", en="Education"),
    "housing": Text(pl="Mieszkalnictwo", en="Housing"),
    "health": Text(pl="Zdrowie", en="Health"),
    "sport_culture": Text(pl="Sport i kultura", en="Sport and culture"),
    "civic_activity": Text(pl="Aktywność obywatelska", en="Civic activity"),
    "administration": Text(pl="Administracja", en="Administration"),
    "economy": Text(pl="Gospodarka", en="Economy"),
    "agriculture": Text(pl="Rolnictwo", en="Agriculture"),
    "finance": Text(pl="Finanse", en="Finance"),
    "safety": Text(pl="Bezpieczeństwo", en="Safety"),
    "water": Text(pl="Woda", en="Water"),
    "wastewater": Text(pl="Ścieki", en="Wastewater"),
    "energy": Text(pl="Energia", en="Energy"),
    "solid_waste": Text(pl="Odpady", en="Solid waste"),
    "telecommunication": Text(pl="Telekomunikacja", en="Telecommunication"),
}
"""The themes of cards, in the order of the start page."""
