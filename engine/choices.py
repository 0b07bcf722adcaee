"""Fields of a form whose choices depend on the case: ``x-choices`` = ``conditions``, those of filing its item."""

from collections.abc import Mapping
from typing import Any

from engine import catalogue
from engine.errors import NotFoundError
from engine.uow import UnitOfWork


def filled(uow: UnitOfWork, schema: dict[str, Any], summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form with the choices of this case; a field without any is left out."""
    names = [name for name, field in schema.get("properties", {}).items() if "x-choices" in field]
    if not names:
        return schema
    properties = dict(schema["properties"])
    for name in names:
        labels = LISTS[properties[name]["x-choices"]](uow, summary)
        if labels:
            properties[name] = {**properties[name], "enum": list(labels), "x-labels": labels}
        else:
            del properties[name]
    return {**schema, "properties": properties}


def _conditions(uow: UnitOfWork, summary: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    try:
        entry = catalogue.get_item(uow, str(summary.get("item"))).entry
    except NotFoundError:
        return {}
    return {
        str(each["condition_no"]): {"zh": each["filing_condition_zh"], "en": each["filing_condition_en"]}
        for each in entry.get("conditions", ())
    }


LISTS = {"conditions": _conditions}
