"""What ``geobank measure`` is asked: the options of a question, and the question they make."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import TYPE_CHECKING, Any

import click

from geo.errors import UsageError

if TYPE_CHECKING:
    from geo.measure.streamed.question import Over, Question

VERBS = (
    "area", "length", "count", "sum", "mean", "median", "share_of_area", "density", "ratio",
    "share_by_class", "diversity", "nearest", "share_within",
)  # fmt: skip
MEASURES = ("area", "length", "count", "sum")
_SUM = "sum:"


class _Verb(click.Choice[str]):
    """A choice that says which of them was meant."""

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:  # noqa: ANN401
        from geo.model.meant import meant

        return f"there is no verb {value!r}; {meant(str(value), VERBS)}"


_OPTIONS = (
    click.option("--verb", type=_Verb(VERBS), default="area", show_default=True),
    click.option(
        "--measure", type=click.Choice(MEASURES),
        help="What density, ratio and the verbs of classes add up.  [default: by geometry]",
    ),
    click.option("--by", default="", metavar="FIELD", help="A column of classes."),
    click.option(
        "--field", default="", metavar="FIELD",
        help="What sum, mean and median take; $area: the feature's own area.",
    ),
    click.option("--weight", default="", metavar="FIELD", help="Each feature counts so much."),
    click.option(
        "--where", default="", metavar="CQL2",
        help="Take only some: \"kind = 'ZP'\", '$area >= 5000'.",
    ),
    click.option(
        "--over", default="", metavar="MEASURE",
        help="What a ratio divides by: area, length, count or sum:FIELD.",
    ),
    click.option("--over-where", default="", metavar="CQL2", help="... of only some features."),
    click.option(
        "--index", type=click.Choice(["shannon", "simpson", "evenness"]), help="Of a diversity."
    ),
    click.option(
        "--classes", default="", metavar="A,B,C",
        help="The closed list of classes; others count as having none.",
    ),
    click.option("--to", default="", metavar="LAYER_OR_FILE", help="What distances go to."),
    click.option("--to-where", default="", metavar="CQL2", help="... only to some of it."),
    click.option("--distance", type=float, metavar="M", help="How near share_within asks, metres."),
    click.option(
        "--statistic", type=click.Choice(["mean", "median", "max"]),
        help="Of the distances to the nearest.  [default: mean]",
    ),
    click.option(
        "--overlaps", type=click.Choice(["each", "once"]), default="each", show_default=True,
        help="Ground under several features.",
    ),
    click.option(
        "--id", "key", default="", metavar="COLUMN",
        help="With --overlaps once: the smallest keeps shared ground.",
    ),
)  # fmt: skip


def question_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a question to a command."""
    return reduce(lambda made, option: option(made), reversed(_OPTIONS), command)


def question(choices: dict[str, Any]) -> Question:
    """Return the question that the options make.

    Raises
    ------
    UsageError
        If what a ratio divides by cannot be read, or a key stands without overlaps.
    """
    from geo.measure.streamed.question import Question, own_area

    if choices["key"] and choices["overlaps"] != "once":
        raise UsageError("--id orders features that share ground", fix="add --overlaps once")
    if choices["to_where"] and not choices["to"]:
        raise UsageError("--to-where stands without --to", fix="say what distances go to: --to")
    return Question(
        verb=choices["verb"],
        field=choices["field"],
        by=choices["by"],
        where=own_area(choices["where"]),
        measure=choices["measure"] or "",
        weight=choices["weight"],
        over=_over(choices["over"], own_area(choices["over_where"])),
        index=choices["index"],
        statistic=choices["statistic"],
        far=bool(choices["to"]),
        distance=choices["distance"],
        once=choices["overlaps"] == "once",
        key=choices["key"],
        names=tuple(name.strip() for name in choices["classes"].split(",") if name.strip()),
    )


def _over(text: str, where: str) -> Over | None:
    from geo.measure.streamed.question import Over

    if not text:
        if where:
            raise UsageError(
                "--over-where stands without --over", fix="say what to divide by: --over count"
            )
        return None
    for measure in MEASURES[:-1]:
        if text == measure:
            return Over(measure, where=where)  # type: ignore[arg-type]
    if not text.startswith(_SUM) or text == _SUM:
        raise UsageError(
            f"a ratio cannot be divided by {text!r}",
            where="--over",
            fix="--over area, length, count or sum:FIELD",
        )
    return Over("sum", text.removeprefix(_SUM), where)
