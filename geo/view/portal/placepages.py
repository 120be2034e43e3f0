"""``What may be built here?`` and ``What is near?``: a place is named or pointed at, and told of.

Without a script the picture is the button that is pressed; a script adds the phone's position,
which is asked for only when a reader wants it and goes to this server alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

import shapely
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from geo.crs import CRS84, METRIC, reproject_bounds
from geo.model import Project
from geo.model.text import Language
from geo.view.portal import around, places, spelling, window
from geo.view.portal.content import City
from geo.view.portal.goals import Goal, goals
from geo.view.portal.ground import Feature, within
from geo.view.portal.places import Place
from geo.view.portal.response import HEADERS, conditional, html
from geo.view.portal.window import RADII, SIZES, Window
from geo.view.rendering import Words, render

PLAN, NEAR, PICTURE = "/co-wolno-zbudowac", "/co-jest-blisko", "/mapa-miejsca.svg"
_LONGEST = 120
_POLICY = HEADERS["Content-Security-Policy"].replace("form-action 'none'", "form-action 'self'")
_PERMISSIONS = HEADERS["Permissions-Policy"].replace("geolocation=()", "geolocation=(self)")
_INSTEAD = {
    "numbers": places.neighbours,
    "name": places.without_number,
    "alike": places.alike,
}


@dataclass(frozen=True)
class Asked:
    """What a reader asked about.

    Attributes
    ----------
    text : str
        As it was typed.
    place : Place or None
        Where it is.
    choice : tuple of Feature
        What the text may mean, where that is not clear.
    outside : bool
        The place is not in the city.
    wide : Feature or None
        What was named is too large to be one place.
    instead : str
        What the choice is, where there is no place of that name: ``numbers`` (the nearest ones
        of the street), ``name`` (what has that name and no such number), ``alike``; ``parcel``:
        a parcel was asked for, and there is no choice.
    turned : bool
        Longitude was typed first.
    blank : bool
        The form was sent empty.
    broken : bool
        The page's own address names no place that can be read.
    """

    text: str = ""
    place: Place | None = None
    choice: tuple[Feature, ...] = ()
    outside: bool = False
    wide: Feature | None = None
    instead: str = ""
    turned: bool = False
    blank: bool = False
    broken: bool = False

    @property
    def address(self) -> dict[str, str]:
        """The query that leads to the place again."""
        if self.place is None:
            return {}
        feature = self.place.feature
        if feature is not None:
            return {"obiekt": f"{feature.layer.id}/{feature.id}"}
        return {"q": self.place.degrees}


class PlacePages:
    """The two pages of a place, and their picture.

    Parameters
    ----------
    project : Project
    city : callable
        Returns what is published now.
    """

    def __init__(self, project: Project, city: Callable[[], City]) -> None:
        self.project = project
        self._city = city
        self._goals: tuple[int, tuple[Goal, ...]] = (-1, ())
        self._overviews: dict[tuple[int, bool, Language], str] = {}

    def plan(self, request: Request, language: Language) -> Response:
        """Show what plans say of a place."""
        return self._page(request, language, PLAN)

    def near(self, request: Request, language: Language) -> Response:
        """Show the next greenery and the next school."""
        return self._page(request, language, NEAR)

    def picture(self, request: Request, language: Language) -> Response:
        """Draw a window of the ground."""
        city, params = self._city(), request.query_params
        near, shown = params.get("tryb") == "blisko", self._window(city, params)
        if shown is None:
            drawn = self._overview(city, language, near=near)
        else:
            place = self._asked(city, params).place
            drawn = self._drawn(city, shown, place, language, near=near)
        headers = {**HEADERS, "Content-Security-Policy": "default-src 'none'"}
        return conditional(request, Response(drawn, 200, headers, "image/svg+xml"))

    def _overview(self, city: City, language: Language, *, near: bool) -> str:
        """Return the picture of the whole city, drawn once per generation of the catalogue."""
        key = (city.generation, near, language)
        if key not in self._overviews:
            kept = {k: v for k, v in self._overviews.items() if k[0] == city.generation}
            drawn = self._drawn(city, self._whole(city), None, language, near=near)
            self._overviews = {**kept, key: drawn}
        return self._overviews[key]

    def _drawn(
        self, city: City, shown: Window, place: Place | None, language: Language, *, near: bool
    ) -> str:
        first = self.goals(city)[:1] if near else ()
        steps = [step for goal in first if place for step in goal.next(place, language)]
        return window.draw(
            self.project,
            city,
            shown,
            language,
            place=place,
            goals=[step.geometry for step in steps],
            counted={goal.layer.id: goal.ids for goal in first if goal.chosen},
            planned=not near,
        )

    def goals(self, city: City) -> tuple[Goal, ...]:
        """Return what distances go to; read once per generation of the catalogue."""
        if self._goals[0] != city.generation:
            self._goals = (city.generation, goals(self.project, city))
        return self._goals[1]

    def _examples(self, city: City) -> list[str]:
        """Return an address, a parcel and a named place, of those that there are."""
        residents = self.project.site.residents
        goal = next((each.layer.id for each in self.goals(city)), "")
        layers = places.searched(self.project, city)
        wanted = [each for each in layers if residents and each.layer.id == residents.layer]
        wanted += [each for each in layers if each.layer.id_field == each.layer.title_field]
        wanted += [each for each in layers if each.layer.id == goal]
        found = (places.example(each) for each in wanted)
        return [title for title in found if title]

    def _page(self, request: Request, language: Language, path: str) -> Response:
        city, params = self._city(), request.query_params
        words = Words(self.project, language)
        pointed = self._pointed(city, params)
        if pointed is not None:
            radius = f"{min(_radius_of(params) or RADII[1], RADII[1]):.0f}"
            return RedirectResponse(words.link(f"{path}#wynik", q=pointed.degrees, r=radius), 303)
        asked = self._asked(city, params)
        shown = self._window(city, params, asked.place, near=path == NEAR)
        shown = _around(asked.wide) if asked.wide else shown
        body = render(
            "place.html",
            self.project,
            language,
            path,
            city=city,
            asked=asked,
            query=asked.address,
            plan_path=PLAN,
            near_path=NEAR,
            window=shown or self._whole(city),
            whole=shown is None,
            picture=self._picture(words, asked, shown, path),
            sizes=SIZES,
            counted=next((goal for goal in self.goals(city)[:1] if goal.chosen), None),
            legends=[each.layer for each in city.published if each.layer.style.palette],
            examples=self._examples(city),
            nearer=_beside(shown, -1),
            farther=_beside(shown, 1),
            **self._told(city, asked, language),
        )
        return html(body, Content_Security_Policy=_POLICY, Permissions_Policy=_PERMISSIONS)

    def _told(self, city: City, asked: Asked, language: Language) -> dict[str, object]:
        place = asked.place
        if place is None:
            return {"plans": [], "holders": [], "goals": []}
        near = [(goal, goal.next(place, language)) for goal in self.goals(city)]
        zones = self.project.site.zones
        holders = [h for h in around.holders(city, place) if h.id != _id(place.feature)]
        return {
            "plans": around.plans(city, place),
            "holders": [each for each in holders if each.layer.id != zones],
            "districts": [each for each in holders if each.layer.id == zones],
            "goals": near,
        }

    def _asked(self, city: City, params: Mapping[str, str]) -> Asked:
        text = params.get("q", "").strip()[:_LONGEST]
        found = places.at_address(self.project, city, params.get("obiekt", "")[:_LONGEST])
        if found is None and not text:
            return Asked(blank="q" in params, broken=_is_broken(params))
        point = None if found else self._at_degrees(city, text)
        if point is not None:
            return point
        choice = [found] if found else places.named(self.project, city, text)
        if not choice:
            return self._instead(city, text)
        if len(choice) > 1:
            return Asked(text, choice=tuple(choice))
        place = places.of_feature(choice[0])
        return Asked(text, place, wide=None if place else choice[0])

    def _instead(self, city: City, text: str) -> Asked:
        """Return what is offered where there is no such place."""
        if spelling.is_parcel(text):
            return Asked(text, instead="parcel")
        for kind, search in _INSTEAD.items():
            if choice := search(self.project, city, text):
                return Asked(text, choice=tuple(choice), instead=kind)
        return Asked(text)

    def _at_degrees(self, city: City, text: str) -> Asked | None:
        """Read coordinates in either order; None where the text is something else."""
        read = [places.of_degrees(text, longitude_first=turned) for turned in (False, True)]
        for turned, place in enumerate(read):
            if place is not None and self._holds(city, place):
                return Asked(text, place, turned=bool(turned))
        return Asked(text, outside=True) if read[0] else None

    def _pointed(self, city: City, params: Mapping[str, str]) -> Place | None:
        for name, side in SIZES.items():
            at = [_number(params, f"{name}.{axis}", 0, side) for axis in "xy"]
            # A key presses a picture at 0, 0: that points at nothing.
            if at[0] is not None and at[1] is not None and any(at):
                shown = self._window(city, params) or self._whole(city)
                return places.at(*shown.pointed(at[0], at[1], side))
        return None

    def _window(
        self,
        city: City,
        params: Mapping[str, str],
        place: Place | None = None,
        *,
        near: bool = False,
    ) -> Window | None:
        """Return what the picture shows; None: the whole city."""
        radius = _radius_of(params)
        if place is not None:
            point = place.point
            return Window(point.x, point.y, radius or self._radius(city, place, near))
        e, n = _number(params, "e", 0, 1e6), _number(params, "n", 0, 1e6)
        return None if e is None or n is None or radius is None else Window(e, n, radius)

    def _radius(self, city: City, place: Place, near: bool) -> float:
        """Return a radius that holds the place, and the next goal."""
        west, south, east, north = place.geometry.bounds
        wanted = 0.7 * max(east - west, north - south)
        if near and self.goals(city):
            shapes = self.goals(city)[0].geometries
            wanted = 1.2 * float(shapely.distance(shapes, place.point).min(initial=1e5))
        return next((r for r in RADII if r >= wanted), RADII[-1])

    def _whole(self, city: City) -> Window:
        zones = next(e.snapshot for e in city.layers if e.layer.id == self.project.site.zones)
        box = zones.manifest.bbox2180 if zones else None
        west, south, east, north = box or self._bounds()
        radius = 0.52 * max(east - west, north - south)
        return Window((west + east) / 2, (south + north) / 2, round(radius))

    def _bounds(self) -> tuple[float, float, float, float]:
        return reproject_bounds(self.project.site.bbox, CRS84, METRIC)

    def _holds(self, city: City, place: Place) -> bool:
        """Tell whether a point lies in a zone of the site; before there are zones, in its box."""
        zones = next(e for e in city.layers if e.layer.id == self.project.site.zones)
        known = zones.snapshot.manifest.bbox2180 if zones.snapshot else None
        inside = bool(shapely.intersects(shapely.box(*(known or self._bounds())), place.geometry))
        if not inside or zones.snapshot is None:
            return inside
        near = within(zones.layer, zones.snapshot, place.geometry.bounds)
        return any(shapely.intersects(each.geometry, place.geometry) for each in near)

    def _picture(self, words: Words, asked: Asked, shown: Window | None, path: str) -> str:
        query: dict[str, Any] = {}
        if shown is not None:
            query = {"e": f"{shown.easting:.1f}", "n": f"{shown.northing:.1f}"}
            query["r"] = f"{shown.radius:.0f}"
        if path == NEAR:
            query["tryb"] = "blisko"
        return words.link(PICTURE, **query | asked.address)


def _around(feature: Feature) -> Window:
    west, south, east, north = feature.geometry.bounds
    radius = 0.55 * max(east - west, north - south)
    return Window((west + east) / 2, (south + north) / 2, round(radius))


def _id(feature: Feature | None) -> str:
    return feature.id if feature else ""


def _beside(shown: Window | None, step: int) -> int | None:
    """Return the next radius that is offered; None at the end."""
    if shown is None:
        return None
    others = [r for r in RADII if (r < shown.radius if step < 0 else r > shown.radius)]
    return (others[-1] if step < 0 else others[0]) if others else None


def _radius_of(params: Mapping[str, str]) -> float | None:
    return _number(params, "r", RADII[0], 50_000)


def _is_broken(params: Mapping[str, str]) -> bool:
    """Tell whether a page's address names a feature, or half a window, that there is none of."""
    window = [_number(params, "e", 0, 1e6), _number(params, "n", 0, 1e6), _radius_of(params)]
    named = any(params.get(name) for name in ("e", "n", "r"))
    return bool(params.get("obiekt")) or (named and None in window)


def _number(params: Mapping[str, str], name: str, low: float, high: float) -> float | None:
    """Read a number of a query; None where it is missing, none, or has no meaning here."""
    try:
        found = float(params.get(name, ""))
    except ValueError:
        return None
    return found if isfinite(found) and low <= found <= high else None
