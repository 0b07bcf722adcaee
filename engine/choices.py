"""Fields of a form whose choices depend on the case, by their ``x-choices``.

``conditions``: those of filing its item; ``owners``: units that may own what nobody is known to own; ``units``: all
units that can act, those that had the case or are named by the catalogue first.
"""

from collections.abc import Collection, Mapping
from typing import Any

from engine import catalogue
from engine.errors import NotFoundError
from engine.uow import UnitOfWork


def filled(
    uow: UnitOfWork, schema: dict[str, Any], summary: Mapping[str, Any], only: Collection[str] | None = None
) -> dict[str, Any]:
    """Return the form with the choices of this case; a field without any is left out.

    ``only``: the fields that matter, where looking up the choices of the others would be for nothing.
    """
    names = [name for name, field in schema.get("properties", {}).items() if "x-choices" in field]
    names = [name for name in names if only is None or name in only]
    if not names:
        return schema
    properties = dict(schema["properties"])
    for name in names:
        labels = LISTS[properties[name]["x-choices"]](uow, summary)
        if labels:
            properties[name] = _with_choices(properties[name], labels)
        else:
            del properties[name]
    return {**schema, "properties": properties}


def _with_choices(field: dict[str, Any], labels: dict[str, dict[str, str]]) -> dict[str, Any]:
    if field.get("type") == "array":
        return {**field, "items": {**field.get("items", {}), "enum": list(labels)}, "x-labels": labels}
    return {**field, "enum": list(labels), "x-labels": labels}


def _conditions(uow: UnitOfWork, summary: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    try:
        entry = catalogue.get_item(uow, str(summary.get("item"))).entry
    except NotFoundError:
        return {}
    return {
        str(each["condition_no"]): {"zh": each["filing_condition_zh"], "en": each["filing_condition_en"]}
        for each in entry.get("conditions", ())
    }


def _owners(uow: UnitOfWork, summary: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return the units that the catalogue names beside the street, for an item that the street owns as a stopgap."""
    try:
        item = catalogue.get_item(uow, str(summary.get("item")))
    except NotFoundError:
        return {}
    if not catalogue.is_stopgap(uow, item):
        return {}
    names = catalogue.unit_names(uow, _codes(item.entry["co_departments"]))
    return {code: names[code] for code in _codes(item.entry["co_departments"]) if code in names}


def _units(uow: UnitOfWork, summary: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    first = [*(summary.get("past_units") or ()), str(summary.get("unit") or "")]
    try:
        entry = catalogue.get_item(uow, str(summary.get("item"))).entry
        first += [entry["responsible_department_code"], *_codes(entry["co_departments"])]
    except NotFoundError:
        pass
    known = {unit.code: unit for unit in catalogue.units(uow)}
    acting = [code for code, unit in known.items() if unit.kind not in IDLE]
    order = dict.fromkeys(code for code in (*first, *acting) if code in known)
    return {code: {"zh": known[code].name_zh, "en": known[code].name_en} for code in order}


def _codes(text: str) -> list[str]:
    return [code for code in text.split(";") if code]


#: kinds of units that direct others and handle nothing themselves
IDLE = {"command", "committee"}
LISTS = {"conditions": _conditions, "owners": _owners, "units": _units}
