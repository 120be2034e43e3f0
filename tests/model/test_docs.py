"""docs/model.md names every key of every file."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from geo.model import Field, Indicator, Layer, Site, Term
from geo.model.indicator import ClassGroup, Example, Legend, Standard, Target, Verb
from geo.model.layer import Licence, ModelledField, Source, Spread, Style
from geo.model.raster import Raster, RasterClass
from geo.model.site import Contact, Residents
from geo.model.units import _ATOMS

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "model.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "cls",
    [
        Layer,
        Style,
        Field,
        Source,
        Licence,
        ModelledField,
        Spread,
        Raster,
        RasterClass,
        Contact,
        Indicator,
        Term,
        Standard,
        Legend,
        Example,
        Target,
        ClassGroup,
        Site,
        Residents,
    ],
)
def test_every_key_is_documented(cls: type[BaseModel]) -> None:
    missing = [key for key in cls.model_fields if f"`{key}`" not in DOCS]
    assert not missing


def test_every_verb_and_unit_is_documented() -> None:
    assert not [
        word for word in (*get_args(Verb), *_ATOMS) if word != "1" and f"`{word}`" not in DOCS
    ]
