"""What a refusal says to a person, in the language of the page.

Errors are raised in English, once. A page that a Polish reader sees says it in Polish: by
:data:`POLISH` where the words are known, else by what its status means, with the English below.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from geo.model.phrases import Phrases
from geo.model.text import Language, Text

POLISH: Mapping[str, str] = {
    "Not Found": "Nie ma takiej strony",
    "Method Not Allowed": "Ten adres nie przyjmuje takiego zapytania",
    "unknown parameter": "nieznany parametr",
    "stands twice": "podano dwa razy",
    "give it once": "Podaj raz",
    "holds a null character": "zawiera znak zerowy",
    "is too long": "za długie",
    "is missing": "brakuje",
    "is unknown": "nie ma takiego",
    "unknown format {}": "nieznany format {}",
    "unknown language {}": "nieznany język {}",
    "unknown CRS {}": "nieznany układ współrzędnych {}",
    "unknown CRS": "nieznany układ współrzędnych",
    "unknown field {}": "nie ma pola {}",
    "unknown value {}": "nieznana wartość {}",
    "unknown status {}": "nieznany stan {}",
    "unknown type {}": "nieznany rodzaj {}",
    "unknown output {}": "nie ma wyniku {}",
    "unknown measure {}": "nieznana miara {}",
    "there are: {}": "Są: {}",
    "there is: {}": "Jest: {}",
    "at most {} characters": "Najwyżej {:znak|znaki|znaków}",
    "must be text": "ma to być tekst",
    "must be a whole number": "ma to być liczba całkowita",
    "must be a whole number from {}": "ma to być liczba całkowita od {}",
    "must be a whole number from 0 to {}": "ma to być liczba całkowita od 0 do {}",
    "must be text of at most {} characters": "ma to być tekst, najwyżej {:znak|znaki|znaków}",
    "larger pages come in parts": "Większe strony przychodzą w częściach",
    "follow the link with rel=next": "Idź za odnośnikiem rel=next",
    "follow the link with rel=next as it is": "Idź za odnośnikiem rel=next bez zmian",
    "must be four numbers": "mają to być cztery liczby",
    "must be finite numbers": "mają to być skończone liczby",
    "must be numbers with commas between": "mają to być liczby oddzielone przecinkami",
    "west,south,east,north": "Zachód,południe,wschód,północ",
    "the box has no meaning": "ten prostokąt nie ma sensu",
    "lower corner first, then the upper": "Najpierw dolny róg, potem górny",
    "must be an instant or an interval": "ma to być chwila albo przedział czasu",
    "is open at both ends": "jest otwarty z obu stron",
    "give at least one end": "Podaj choć jeden koniec",
    "ends before it begins": "kończy się, zanim się zacznie",
    "earlier end first": "Najpierw wcześniejszy koniec",
    "{} is not RFC 3339": "{} nie jest zapisem RFC 3339",
    "there is no such moment: {}": "nie ma takiej chwili: {}",
    "such as 2026-11-22T12:00:00Z": "Na przykład 2026-11-22T12:00:00Z",
    "must be true or false": "ma to być true albo false",
    "must be hits or results": "ma to być hits albo results",
    "stands without filter": "stoi bez parametru filter",
    "give filter as well": "Podaj też filter",
    "there is no collection {}": "nie ma kolekcji {}",
    "/api/collections lists those there are": "Listę pokazuje /api/collections",
    "no collection has the id {}": "nie ma kolekcji {}",
    "see /collections for those there are": "Listę pokazuje /api/collections",
    "no feature has the id {}": "nie ma obiektu {}",
    "see the collection's items": "Zobacz obiekty tej kolekcji",
    "no record has the id {}": "w katalogu nie ma wpisu {}",
    "see the catalogue's items": "Zobacz katalog",
    "there is no notebook {}": "nie ma notatnika {}",
    "there is no raster {}": "nie ma rastra {}",
    "there is no file {}": "nie ma pliku {}",
    "there is no field {}": "nie ma pola {}",
    "there is no zone {}": "nie ma strefy {}",
    "there is no tile matrix set {}": "nie ma układu kafelków {}",
    "there is no such tile": "nie ma takiego kafelka",
    "there is no process {}": "nie ma procesu {}",
    "there is no such job": "nie ma takiego zadania",
    "its answer is kept for a day": "Odpowiedź przechowujemy dobę",
    "there is no such job, or it is another's": (
        "nie ma takiego zadania albo należy do kogoś innego"
    ),
    "answers are kept for a day; a closed job needs its owner's secret": (
        "Odpowiedzi przechowujemy dobę; zamknięte zadanie wymaga hasła właściciela"
    ),
    "the job has not ended": "zadanie jeszcze trwa",
    "ask for its status until it has": "Sprawdzaj jego stan, aż się skończy",
    "the job was dismissed": "zadanie odwołano",
    "the answer is kept no more": "odpowiedzi już nie przechowujemy",
    "run the process again": "Uruchom proces jeszcze raz",
    "{} jobs are waiting already": "czeka już {:zadanie|zadania|zadań}",
    "ask again later": "Zapytaj później",
    "too many questions are being answered at once": "za dużo pytań naraz",
    "ask again in a moment, or ask with the header Prefer: respond-async": (
        "Zapytaj za chwilę albo wybierz liczenie w tle"
    ),
    "the question needs more memory than one may take": "pytanie wymaga zbyt dużo pamięci",
    "ask for less: fewer zones, a narrower filter": "Zapytaj o mniej: mniej stref, węższy filtr",
    "the answer took longer than {} s": "liczenie trwało dłużej niż {} s",
    "ask for less: fewer zones, a narrower filter; or give it more time with the header "
    "Prefer: respond-async": (
        "Zapytaj o mniej: mniej stref, węższy filtr; albo wybierz liczenie w tle"
    ),
    "the answer is larger than {} bytes": "odpowiedź ma więcej niż {:bajt|bajty|bajtów}",
    "ask for fewer zones or classes": "Zapytaj o mniej stref albo klas",
    "the request is larger than {} bytes": "zapytanie ma więcej niż {:bajt|bajty|bajtów}",
    "the query is too long": "zapytanie jest za długie",
    "the question takes too long": "odpowiedź trwa zbyt długo",
    "ask about a smaller box, or for fewer conditions; then ask again": (
        "Zapytaj o mniejszy obszar albo z mniejszą liczbą warunków"
    ),
    "{} is not a number": "{} nie jest liczbą",
    "is not JSON: {}": "to nie jest JSON ({})",
    "is not an object": "ma to być obiekt",
    "the layer {} is not published": "warstwy {} nie opublikowano",
    "ask for one of /collections": "Zapytaj o jedną z /api/collections",
    "the city takes about {} such cells, at most {} are made": (
        "w mieście byłoby około {} takich komórek, a robimy najwyżej {}"
    ),
    "ask for larger ones": "Zapytaj o większe",
    "stands without `to`": "stoi bez `to`",
    "name the layer that distances go to": "Podaj warstwę, do której mierzymy",
    "a size of cells is a whole number": "bok komórki jest liczbą całkowitą",
    "{} has no field {}": "{} nie ma pola {}",
    "the filter names a field that is not there: {}": "filtr pyta o pole, którego nie ma: {}",
    "the filter is too long: more than {} characters": "filtr ma więcej niż {:znak|znaki|znaków}",
    "the filter is too long for an address": "filtr jest za długi na adres",
    "leave a condition out": "Opuść jakiś warunek",
    "the collection has changed since the page before": (
        "kolekcja zmieniła się od poprzedniej strony"
    ),
    "begin again with the first page, without cursor": "Zacznij od pierwszej strony, bez cursor",
}  # fmt: skip
"""English as it is raised, ``{}`` for what stands in it, to Polish."""

_PLACES: Mapping[str, str] = {
    "parameter {}": "Parametr {}",
    "input {}": "Pole {}",
    "output {}": "Wynik {}",
    "the body": "Treść zapytania",
    "the form": "Formularz",
    "the filter": "Filtr",
    "filter": "Filtr",
    "parameter 'filter', filter": "Parametr 'filter'",
}
_SAID, _NAMED = Phrases(POLISH), Phrases(_PLACES)
_MEANINGS: Mapping[int, Text] = {
    400: Text(pl="W zapytaniu jest błąd.", en="There is a mistake in the question."),
    404: Text(pl="Pod tym adresem nic nie ma.", en="There is nothing at this address."),
    405: Text(pl="Ten adres nie przyjmuje takiego zapytania.", en="This address takes no such."),
    410: Text(pl="Tego już nie przechowujemy.", en="This is kept no more."),
    413: Text(pl="Zapytanie jest za duże.", en="The question is too large."),
    422: Text(pl="Z tych danych nie da się tego policzyć.", en="This cannot be computed."),
    503: Text(
        pl="Serwer jest zajęty albo liczenie trwa zbyt długo. Spróbuj za chwilę.",
        en="The server is busy, or this takes too long. Try again in a moment.",
    ),
}
_FAILED = Text(pl="Coś poszło nie tak po stronie serwera.", en="Something went wrong here.")


@dataclass(frozen=True)
class Told:
    """A refusal in words.

    Attributes
    ----------
    lead : str
        In the language of the page.
    detail : str
        English, where the page's language has no words for it; else empty.
    """

    lead: str
    detail: str = ""


def told(description: str, status: int, language: Language) -> Told:
    """Return what a page says of a refusal.

    Parameters
    ----------
    description : str
        English: ``where: what. fix``, where and fix may be missing.
    status : int
        Of the answer.
    """
    if language == "en":
        return Told(description)
    polish = in_polish(description)
    if polish is not None:
        return Told(polish)
    return Told(_MEANINGS.get(status, _FAILED)[language], description)


def in_polish(description: str) -> str | None:
    """Return a description in Polish; None if some of its words are not known."""
    for what, fix in _halves(description, ". "):
        polish = _sentence(what)
        mended = _SAID.said(fix) if fix else ""
        if polish is not None and mended is not None:
            return f"{polish}. {mended}{'.' if mended else ''}".strip()
    return None


def _sentence(text: str) -> str | None:
    for where, what in _halves(text, ": "):
        said = _SAID.said(what) if what else None
        place = _NAMED.said(where) or (where if " " not in where else None)
        if said is not None and place is not None:
            return f"{place}: {said}"
    whole = _SAID.said(text)
    return None if whole is None else whole[:1].upper() + whole[1:]


def _halves(text: str, mark: str) -> Iterator[tuple[str, str]]:
    """Give a text parted at each of its marks, and whole at last."""
    for found in re.finditer(re.escape(mark), text):
        yield text[: found.start()], text[found.end() :]
    yield text, ""
