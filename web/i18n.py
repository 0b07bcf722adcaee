"""The language of a request: the person's choice, else Chinese."""

from flask import session

from web.words import translate


def language() -> str:
    """Return ``zh`` or ``en``."""
    return "en" if session.get("language") == "en" else "zh"


def say(text: str) -> str:
    """Return the text in the language of the request."""
    return translate(text, language())
