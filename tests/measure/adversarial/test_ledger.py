"""A ledger that cannot fail is none: what is lost on the way must open a gap."""

from __future__ import annotations

import numpy as np

from geo.measure.ledger import Parts, entry

PARTS = Parts(
    total=np.array([10.0, 20.0]),
    inside=np.array([10.0, 15.0]),
    outside=np.array([0.0, 5.0]),
    repeated=np.zeros(2),
    counted_away=np.zeros(2),
)


def _entry(sums, classes=None):
    return entry("numerator", "green", "m2", PARTS, np.array(sums), ["a", "b"], 0, classes)


def test_a_class_that_lost_something_opens_a_gap():
    """The zones close; one class of one zone has a metre too little."""
    whole = _entry([12.0, 13.0], np.array([[7.0, 5.0, 0.0], [3.0, 9.0, 1.0]]))
    assert whole.closes
    assert whole.unclassified == 1.0
    lost = _entry([12.0, 13.0], np.array([[7.0, 4.0, 0.0], [3.0, 9.0, 1.0]]))
    assert not lost.closes
    assert lost.gap == 1.0 / 30.0


def test_zones_that_lost_something_open_a_gap():
    assert not _entry([12.0, 12.0]).closes
    assert _entry([12.0, 13.0]).closes
