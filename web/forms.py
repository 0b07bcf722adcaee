"""JSON Schema -> fields of a page; posted text -> values. Not here: whether they are allowed (``engine.forms``)."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from werkzeug.datastructures import MultiDict

from web.i18n import reworded


@dataclass(frozen=True, slots=True)
class Field:
    """One field as a page shows it; ``choices`` are (value, label) pairs."""

    name: str
    label: str
    widget: str  #: text, textarea, choice, select (one of many), many (any number), latitude, longitude
    value: str
    required: bool
    choices: tuple[tuple[str, str], ...] = ()
    longest: int | None = None
    problem: str = ""
    chosen: frozenset[str] = frozenset()  #: of a field that takes any number


def fields(
    schema: Mapping[str, Any], language: str, values: Mapping[str, Any], problems: Mapping[str, str] | None = None
) -> list[Field]:
    """Return the fields in the order of the form, with what was typed and what is wrong with it."""
    found = []
    for name, one in schema.get("properties", {}).items():
        labels = one.get("x-labels", {})
        choices = tuple((each, said(labels.get(each, each), language)) for each in _options(one))
        value = values.get(name, "")
        found.append(
            Field(
                name,
                said(one.get("title", name), language),
                _widget(one, choices),
                str(value).lower() if isinstance(value, bool) else str(value),
                name in schema.get("required", ()),
                choices,
                one.get("maxLength"),
                (problems or {}).get(name, ""),
                frozenset(map(str, value)) if isinstance(value, list) else frozenset(),
            )
        )
    return found


def preset(schema: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the fields hold before anybody typed: what the case knows under the name in ``x-preset``."""
    named = {name: one.get("x-preset") for name, one in schema.get("properties", {}).items()}
    return {name: known[source] for name, source in named.items() if source and known.get(source)}


#: of a field without choices; the last two take where somebody stands, in degrees
WIDGETS = {"textarea", "latitude", "longitude"}
#: more choices than this make a list to choose from
RADIOS = 8


def _options(one: Mapping[str, Any]) -> list[str]:
    if one.get("type") == "boolean":
        return ["true", "false"]
    listed = one.get("items", {}) if one.get("type") == "array" else one
    return [str(each) for each in listed.get("enum", ())]


def _widget(one: Mapping[str, Any], choices: tuple[tuple[str, str], ...]) -> str:
    if choices:
        if one.get("type") == "array":
            return "many"
        return "choice" if len(choices) <= RADIOS else "select"
    return str(one.get("x-widget")) if one.get("x-widget") in WIDGETS else "text"


def said(title: Any, language: str) -> str:
    """Return the title in the language, or in the other one, or as it is; in the city's words."""
    if isinstance(title, dict):
        title = title.get(language) or next(iter(title.values()), "")
    return reworded(str(title))


def read(schema: Mapping[str, Any], posted: MultiDict[str, str]) -> dict[str, Any]:
    """Return the values of the form's fields as JSON; fields that were left empty are left out."""
    values: dict[str, Any] = {}
    for name, one in schema.get("properties", {}).items():
        if one.get("type") == "array":
            values |= {name: chosen} if (chosen := [each for each in posted.getlist(name) if each]) else {}
            continue
        text = posted.get(name, "").strip().replace("\r\n", "\n")
        if not text:
            continue
        values[name] = _value(one.get("type"), text)
    return values


def _value(kind: Any, text: str) -> Any:
    if kind == "boolean":
        return {"true": True, "false": False}.get(text, text)
    if kind in ("integer", "number"):
        try:
            found = int(text) if kind == "integer" else float(text)
        except ValueError:
            return text
        return found if isfinite(found) else text
    return text
