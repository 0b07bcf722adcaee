"""Fields of a form that depend on the case: choices by their ``x-choices``, one text for each of some by ``x-each``.

``conditions``: those of filing its item; ``owners``: units that may own what nobody is known to own; ``units``: all
units that can act, those that had the case or are named by the list of duties first; ``mediators``: third parties;
``lacking``: units of a joint action that filed no result.
"""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from engine import admissions, catalogue, duties, joint, mediations
from engine.errors import NotFoundError
from engine.locked import LockedCase
from engine.models import Case
from engine.uow import UnitOfWork


def filled(
    uow: UnitOfWork, schema: dict[str, Any], case: Case | LockedCase, only: Collection[str] | None = None
) -> dict[str, Any]:
    """Return the form with the choices of this case; a field without any is left out.

    ``only``: the fields that matter, where looking up the choices of the others would be for nothing.
    """
    names = [name for name, field in schema.get("properties", {}).items() if "x-choices" in field]
    names = [name for name in names if only is None or name in only]
    if any("x-each" in field for field in schema.get("properties", {}).values()):
        schema = _with_each(uow, schema, case.id)
    if not names:
        return schema
    properties = dict(schema["properties"])
    for name in names:
        labels = LISTS[properties[name]["x-choices"]](uow, case.summary)
        if labels:
            properties[name] = _with_choices(properties[name], labels)
        else:
            del properties[name]
    return {**schema, "properties": properties}


def collected(schema: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values; those of fields that one field became (``x-each``) stand under its name, by code."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        field = schema.get("properties", {}).get(name, {})
        if "x-of" in field:
            found.setdefault(field["x-of"], {})[field["x-code"]] = value
        else:
            found[name] = value
    return found


def _with_each(uow: UnitOfWork, schema: dict[str, Any], case_id: UUID) -> dict[str, Any]:
    """Return the form with a field of its own for each of those that the ``x-each`` of a field names."""
    properties: dict[str, Any] = {}
    for name, field in schema["properties"].items():
        if "x-each" not in field:
            properties[name] = field
            continue
        for code, names in EACH[field["x-each"]](uow, case_id).items():
            title = {language: f"{field['title'][language]} {names[language]}".strip() for language in ("zh", "en")}
            kept = {key: value for key, value in field.items() if key != "x-each"}
            properties[f"{name}.{code}"] = {**kept, "title": title, "x-of": name, "x-code": code}
    return {**schema, "properties": properties}


def _lacking(uow: UnitOfWork, case_id: UUID) -> dict[str, dict[str, str]]:
    return catalogue.unit_names(uow, [row.unit_code for row in joint.lacking(uow, case_id)])


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
    """Return the units that the list of duties names as owner or to assist, for an item that nobody leads there."""
    answer = duties.of_case(uow, summary)
    if not answer.is_gap:
        return {}
    codes = list(dict.fromkeys(row.unit for row in (answer.owner, *answer.assist) if row is not None))
    names = catalogue.unit_names(uow, codes)
    return {code: names[code] for code in codes if code in names}


def _units(uow: UnitOfWork, summary: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    first = [*(summary.get("past_units") or ()), str(summary.get("unit") or "")]
    answer = duties.of_case(uow, summary)
    first += [row.unit for row in (*answer.leads, answer.owner, *answer.assist) if row is not None]
    known = {unit.code: unit for unit in catalogue.units(uow)}
    acting = [code for code, unit in known.items() if unit.kind not in IDLE]
    near = admissions.community(uow, str(summary.get("grid") or ""))
    last = [near.code] if near else []
    order = dict.fromkeys(code for code in (*first, *acting, *last) if code in known)
    return {code: {"zh": known[code].name_zh, "en": known[code].name_en} for code in order}


def _mediators(uow: UnitOfWork, _summary: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """Return the third parties that may mediate, each with its body."""
    return {
        person.name: {"zh": f"{person.full_name}（{unit.name_zh}）", "en": f"{person.full_name} ({unit.name_en})"}
        for person, unit in mediations.mediators(uow)
    }


#: kinds of units that direct others and handle nothing themselves, or are asked only through the list of admissions
IDLE = {"command", "committee", "community", mediations.OUTSIDE}
EACH = {"lacking": _lacking}
LISTS = {"conditions": _conditions, "owners": _owners, "units": _units, "mediators": _mediators}
