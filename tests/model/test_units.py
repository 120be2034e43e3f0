"""Units are powers of metre, person and feature; figures that the city publishes check them."""

from __future__ import annotations

import pytest

from geo.model.units import divide, parse_unit, symbol


@pytest.mark.parametrize(
    ("text", "base", "shown"),
    [
        ("%", 0.28, 28.0),
        ("ha", 7_140_000.0, 714.0),
        ("km/km2", 37_000 / 25.5e6, 37 / 25.5),
        ("person/km2", 63_892 / 25.5e6, 2505.568627),
        ("km/100000person", 37_000 / 63_892, 57.9102),
        ("feature/1000person", 28 / 63_892, 0.43824),
        ("m2/person", 50.0, 50.0),
    ],
)
def test_from_base(text: str, base: float, shown: float) -> None:
    assert parse_unit(text).from_base(base) == pytest.approx(shown, rel=1e-5)


def test_dimensions() -> None:
    assert parse_unit("km/km2").dimension == (-1, 0, 0)
    assert parse_unit("m2/person").dimension == divide((2, 0, 0), (0, 1, 0))
    assert parse_unit("%").dimension == (0, 0, 0)


@pytest.mark.parametrize("text", ["", "mile", "m/", "m/s", "m/m/m"])
def test_an_unknown_unit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="unknown unit"):
        parse_unit(text)


def test_symbols_in_two_languages() -> None:
    assert symbol("m2/person", "pl") == "m²/os."
    assert symbol("m2/person", "en") == "m²/person"
    assert symbol("feature/1000person", "pl") == "szt./1000 os."
    assert symbol("feature", "en") == ""
