"""Checking what was posted against a form: JSON Schema 2020-12. Not here: how a form looks."""

from collections.abc import Mapping
from typing import Any

from jsonschema import Draft202012Validator

from engine.errors import InvalidError

#: what is wrong, by the keyword of the schema; the rest is not allowed
SENTENCES = {"minLength": "is too short", "maxLength": "is too long", "enum": "is none of the choices"}


def check_values(schema: dict[str, Any], values: Mapping[str, Any]) -> None:
    """Pass if the values fit the form. Raises InvalidError naming each field: missing, foreign, or of a wrong value."""
    problems = {name: "is no field of this form" for name in values if name not in schema.get("properties", {})}
    for error in Draft202012Validator(schema).iter_errors(dict(values)):
        if error.validator == "required":
            for name in error.validator_value:
                if name not in values:
                    problems.setdefault(name, "is missing")
        elif error.validator != "additionalProperties":
            place = ".".join(map(str, error.absolute_path)) or "form"
            problems.setdefault(place, SENTENCES.get(str(error.validator), "is not allowed"))
    if problems:
        raise InvalidError(problems=problems)
