"""The language of a request: the person's choice, else Chinese; and the words that the city says otherwise."""

import re

from flask import g, session

from engine import wording
from engine.errors import EngineError
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
    if amount is None:
        return reworded(translate(text, language()))
    spoken = OF_ONE.get(text, text) if language() == "en" and str(amount) == "1" else translate(text, language())
    return reworded(spoken.format(amount) if "{}" in spoken else f"{amount} {spoken}")


def explain(error: EngineError) -> str:
    """Return the sentence of the error in the language of the request, in the city's words."""
    return reworded(said(error, language()))


def reworded(text: str) -> str:
    """Return the text with the city's own words in place of those of the pages; the longest that fits comes first."""
    if "words" not in g:
        with reading() as uow:
            g.words = wording.words(uow)
    own: dict[str, str] = g.words[language()]
    if not own:
        return text
    either = "|".join(re.escape(word) for word in sorted(own, key=len, reverse=True))
    return re.sub(either, lambda found: own[found[0]], text)
