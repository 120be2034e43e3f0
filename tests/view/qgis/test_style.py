"""A style that does not fit its layer is refused where it stands; it never changes a version."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from geo.model import Layer, Project


def _with(project: Project, **style: Any) -> Layer:
    data = project.layers["bike_paths"].model_dump(mode="json")
    return Layer.model_validate({**data, "style": style})


@pytest.mark.parametrize(
    ("style", "words"),
    [
        ({"by": ["colour"]}, "not one of the public fields"),
        ({"width_by": "lanes"}, "not one of the public fields"),
        ({"colours": {"path": "#112233"}}, "need `by`"),
        ({"palette": "mpzp"}, "need `by`"),
        ({"by": ["kind"], "colours": {"path": "red"}}, "pattern"),
        ({"group": "somewhere"}, "group"),
        ({"colour": "#12345"}, "pattern"),
        ({"size": -1}, "greater than or equal"),
        ({"blink": True}, "blink"),
    ],
)
def test_refused(project: Project, style: dict[str, Any], words: str):
    with pytest.raises(ValidationError, match=words):
        _with(project, **style)


def test_labels_need_a_title(project: Project):
    data = project.layers["buildings"].model_dump(mode="json")
    with pytest.raises(ValidationError, match="title_field"):
        Layer.model_validate({**data, "style": {"labelled_from": 100}})


def test_a_style_is_no_part_of_the_data(project: Project):
    plain, styled = _with(project), _with(project, colour="#112233", size=3)
    assert styled.style.colour == "#112233"
    assert plain.model_dump_json() == styled.model_dump_json()


def test_the_colours_of_a_closed_list_name_its_values(project: Project):
    for layer in project.layers.values():
        if len(layer.style.by) == 1 and layer.style.colours:
            field = layer.field(layer.style.by[0])
            assert field is not None and set(layer.style.colours) == set(field.values or {})


def test_every_layer_of_the_city_has_its_place(project: Project):
    assert {layer.style.group for layer in project.layers.values()} == {
        "boundaries", "services", "transport", "buildings", "greenery", "planning",
    }  # fmt: skip
    assert project.layers["parcels"].style.drawn_from == 5_000
