"""Errors as a Polish reader of the command line sees them; English stands below.

Errors are raised in English, once. What is not in the table is told by its kind.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from geo.cli.fixes import FIX
from geo.cli.sentences import WHAT
from geo.errors import GeoError, InputRefusedError, rule
from geo.model.phrases import Phrases
from geo.model.text import Count, Language

KINDS: Mapping[str, str] = {
    "model": "plik YAML nie mówi tego, co musi",
    "usage": "to polecenie nie ma sensu w tej postaci",
    "not-found": "czegoś nie ma",
    "crs-mismatch": "nie zgadza się układ współrzędnych",
    "limit-exceeded": "przekroczono limit",
    "input-refused": "tych danych nie można przyjąć",
    "too-slow": "to trwa zbyt długo",
    "busy": "serwer jest zajęty; spróbuj za chwilę",
    "gone": "tego już nie przechowujemy",
    "integrity": "pliki na dysku nie są tym, co zapisano",
    "measure": "z tych danych nie da się tego policzyć",
    "ledger": "części nie dają całości",
    "cluster": "maszyny klastra nie odpowiadają albo się różnią",
    "error": "nie udało się",
}
"""Code of an error (:data:`geo.errors.RULES`) to what it means, where nothing better is known."""

CLICK: Mapping[str, str] = {
    "Missing argument '{}'.": "brakuje argumentu {}",
    "Missing option '{}'.": "brakuje opcji {}",
    "Missing option '{}' / '{}'.": "brakuje opcji {} / {}",
    "Missing command.": "brakuje polecenia",
    "No such option '{}'.": "nie ma opcji {}",
    "No such option '{}'. Did you mean '{}'?": "nie ma opcji {}; może {}",
    "No such option '{}'. (Did you mean one of: {}?)": "nie ma opcji {}; może jedna z: {}",
    "No such option '{}'. (Possible options: {})": "nie ma opcji {}; są: {}",
    "No such command '{}'.": "nie ma polecenia {}",
    "No such command '{}'. Did you mean '{}'?": "nie ma polecenia {}; może {}",
    "No such command '{}'. (Did you mean one of: {}?)": "nie ma polecenia {}; może jedno z: {}",
    "Option '{}' requires an argument.": "opcja {} wymaga wartości",
    "Got unexpected extra argument ({})": "niepotrzebny argument: {}",
    "Got unexpected extra arguments ({})": "niepotrzebne argumenty: {}",
    "Invalid value for '{}': File '{}' does not exist.": "{}: nie ma pliku {}",
    "Invalid value for '{}': Directory '{}' does not exist.": "{}: nie ma folderu {}",
    "Invalid value for '{}': {}": "zła wartość dla {}: {}",
    "Invalid value for '{}' / '{}': {}": "zła wartość dla {} / {}: {}",
    "Invalid value: {}": "zła wartość: {}",
    "{} is not a valid float.": "{} to nie liczba",
    "{} is not a valid integer.": "{} to nie liczba całkowita",
    "{} is not in the range {}.": "{} jest poza zakresem {}",
    "{} is not one of {}.": "nie ma {}; są: {}",
    "{} is not {}.": "{} to nie {}",
    "{} {} does not exist.": "nie ma {1}",
    "{} {} is a directory.": "{1} to folder",
    "{} {} is a file.": "{1} to plik",
}
"""What click says of a command that is written wrong."""

_PLACES = tuple(
    (re.compile(english), polish)
    for english, polish in (
        (
            r"^features\.parquet, row group \d+, ",
            "pole ",
        ),  # a layer's own file: no news to a reader
        (r"^the file's name$", "nazwa pliku"),
        (r"\bcharacter (?=\d)", "znak "),
        (r"\brow group (?=\d)", "grupa wierszy "),
        (r"\brow (?=\d)", "wiersz "),
        (r"\bline (?=\d)", "wiersz "),
        (r"^change (?=\d)", "zmiana "),
        (r"(?<=, )zone (?=\S)", "strefa "),
        (r"(?<=, )feature (?=\S)", "obiekt "),
    )
)
"""What an error's place says in words, in English and in Polish."""
_KNOWINGLY = re.compile(r" albo (?:pomiń je świadomie|pozwól na to|powiedz go): --.*")
_WHAT, _FIX = Phrases(WHAT), Phrases(FIX)
_CLICK = Phrases({**CLICK, **FIX, "there is no verb {}; {}": WHAT["there is no verb {}; {}"]})


def in_polish(error: GeoError) -> dict[str, str]:
    """Return an error in Polish: ``what`` and ``fix``, in English where no Polish is known."""
    found = _of_report(error)
    if found is not None:
        return found
    kind = KINDS[rule(error).code]
    return {
        "what": _WHAT.said(error.what) or f"{kind} ({error.what})",
        "fix": _FIX.said(error.fix) or error.fix,
    }


def _of_report(error: GeoError) -> dict[str, str] | None:
    """Return a refusal as its quality report has it, which is in both languages."""
    if not isinstance(error, InputRefusedError) or error.report is None:
        return None
    from geo.ingest.report import Report, place_text

    report = error.report
    issues = report.issues if isinstance(report, Report) else []
    wrong = [each for each in issues if each.severity == "error"]
    for issue in wrong:
        if error.what.startswith(issue.what.en):
            more = f" (i jeszcze {Count(len(wrong) - 1):problem|problemy|problemów})"
            places = "; ".join(place_text(place, "pl") for place in issue.where)
            what = issue.what.pl + (more if len(wrong) > 1 else "")
            # A scenario offers no options of publishing: its English was shortened, too.
            fix = issue.fix.pl if error.fix == issue.fix.en else _KNOWINGLY.sub("", issue.fix.pl)
            return {"what": what + (f": {places}" if places else ""), "fix": fix}
    return None


def _place(where: str) -> str:
    for english, polish in _PLACES:
        where = english.sub(polish, where)
    return where


def told(error: GeoError, language: Language) -> str:
    """Return what a person reads: Polish with the English below, or English alone."""
    if language == "en":
        return f"geobank: {error}"
    polish = in_polish(error)
    there = GeoError(polish["what"], where=_place(error.where), fix=polish["fix"])
    return f"geobank: {there}\n(en) {error}"


def usage(message: str) -> str:
    """Return what click says of a command that is written wrong, in Polish."""
    return f"geobank: {_CLICK.said(message) or f'polecenie jest napisane błędnie ({message})'}"
