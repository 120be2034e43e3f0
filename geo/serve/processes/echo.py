"""``echo``: gives back what it was told, so that a client can try its connection."""

from __future__ import annotations

import time
from collections.abc import Sequence

from geo.errors import UsageError
from geo.model import Project, Text
from geo.serve.processes.process import JSON, Errand, Input, Output, Process

MOST_CHARS = 1_000
MOST_PAUSE_S = 5
_TEXT = {"type": "string", "maxLength": MOST_CHARS}


def _inputs(project: Project, published: Sequence[str]) -> dict[str, Input]:
    return {
        "message": Input(
            Text(pl="Wiadomość", en="Message"),
            Text(pl="Tekst, który wróci", en="The text that comes back"),
            dict(_TEXT),
            required=True,
        ),
        "pause": Input(
            Text(pl="Przerwa (s)", en="Pause (s)"),
            Text(pl="Po ilu sekundach odpowiedzieć", en="After how many seconds to answer"),
            {"type": "integer", "minimum": 0, "maximum": MOST_PAUSE_S, "default": 0},
        ),
    }


def _run(errand: Errand) -> str:
    message, pause = errand.inputs["message"], errand.inputs.get("pause", 0)
    if not isinstance(message, str) or len(message) > MOST_CHARS:
        raise UsageError(
            f"must be text of at most {MOST_CHARS} characters", where="input 'message'"
        )
    if type(pause) is not int or not 0 <= pause <= MOST_PAUSE_S:
        raise UsageError(f"must be a whole number from 0 to {MOST_PAUSE_S}", where="input 'pause'")
    for second in range(pause):
        errand.progress("pause", second, pause)
        time.sleep(1)
    return message


ECHO = Process(
    id="echo",
    version="1.0.0",
    title=Text(pl="Echo: próba połączenia", en="Echo: a try of the connection"),
    description=Text(
        pl="Oddaje podany tekst, na życzenie po przerwie. Nie czyta żadnych danych.",
        en="Gives back a text, after a pause if one is asked for. It reads no data.",
    ),
    inputs=_inputs,
    output=Output(
        "message",
        Text(pl="Wiadomość", en="Message"),
        Text(pl="Tekst, który podano", en="The text that was given"),
        {JSON: dict(_TEXT)},
    ),
    run=_run,
)
