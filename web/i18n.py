"""The language of a request: the person's choice, else Chinese; and the words that the city says otherwise."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from flask import g, session

from engine import wording
from engine.deployments import Layout
from engine.errors import EngineError
from web import diagram
from web.context import reading
from web.words import said, translate


def language() -> str:
    """Return ``zh`` or ``en``."""
    return "en" if session.get("language") == "en" else "zh"


#: what is said of one, where English says it otherwise than of many; Chinese has one form
OF_ONE = {
    "working hours": "working hour",
    "working days": "working day",
    "natural hours": "natural hour",
    "{} grids": "{} grid",
    "{} matters": "{} matter",
    "{} reports": "{} report",
    "{} tries": "{} try",
}


def say(text: str, amount: object = None) -> str:
    """Return the text in the language of the request, in the city's words; with an amount, as it is said of so many."""
    return _said(text, amount, language(), _own_words())


def voice() -> Callable[..., str]:
    """Return ``say`` for one page, on which language and words stay the same: they are looked up at the first word."""
    known: list[Any] = []

    def speak(text: str, amount: object = None) -> str:
        if not known:
            known.extend((language(), _own_words()))
        return _said(text, amount, *known)

    return speak


def _said(text: str, amount: object, language: str, own: tuple[tuple[str, str], ...]) -> str:
    if amount is None:
        spoken = translate(text, language)
    else:
        spoken = OF_ONE.get(text, text) if language == "en" and str(amount) == "1" else translate(text, language)
        spoken = spoken.format(amount) if "{}" in spoken else f"{amount} {spoken}"
    return _put_in(spoken, own) if own else spoken


def explain(error: EngineError) -> str:
    """Return the sentence of the error in the language of the request, in the city's words."""
    return reworded(said(error, language()))


def reworded(text: str) -> str:
    """Return the text with the city's own words in place of those of the pages; the longest that fits comes first."""
    own = _own_words()
    return _put_in(text, own) if own else text


def drawn(layout: Layout) -> Layout:
    """Return the drawing in the language of the request, in the city's words."""
    return _drawn(layout, language(), _own_words())


def _own_words() -> tuple[tuple[str, str], ...]:
    """Return what the city says otherwise in the language of the request: word of the pages, its own."""
    if "words" not in g:
        with reading() as uow:
            g.words = {name: tuple(found.items()) for name, found in wording.words(uow).items()}
    own: tuple[tuple[str, str], ...] = g.words[language()]
    return own


@lru_cache(maxsize=256)
def _drawn(layout: Layout, language: str, own: tuple[tuple[str, str], ...]) -> Layout:
    return diagram.in_language(layout, language, lambda name: _put_in(name, own) if own else name)


@lru_cache(maxsize=16)
def _any_of(own: tuple[tuple[str, str], ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    words = sorted((word for word, _say in own), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, words))), dict(own)


def _put_in(text: str, own: tuple[tuple[str, str], ...]) -> str:
    pattern, words = _any_of(own)
    return pattern.sub(lambda found: words[found[0]], text)
