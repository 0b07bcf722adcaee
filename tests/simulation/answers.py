"""What the simulated people type: drawn from the task's own form, so that a form that a city changes is still answered.

Names below only say how often people choose what; a field that is not named takes any value that its schema allows.
"""

import random
from collections.abc import Mapping
from typing import Any

#: field -> value -> how often, where the choice matters to the year
ODDS: Mapping[str, Mapping[Any, float]] = {
    "filed": {True: 0.97, False: 0.03},
    "outcome": {"done": 0.93, "send_back": 0.07, "settled": 0.6, "third_party": 0.25, "guided": 0.1, "failed": 0.3},
    "kept": {True: 0.9, False: 0.1},
    "passed": {True: 0.92, False: 0.08},
    "agreed": {True: 0.75, False: 0.25},
    "choice": {"noted": 0.7, "order": 0.2, "raise": 0.1},
    "joint": {True: 0.02, False: 0.98},
    "settled_as": {"solved": 0.96, "transferred": 0.03, "reported_up": 0.01},
}
#: field -> text; the answer says what was found, done and when, as the rule asks
TEXTS: Mapping[str, str] = {
    "answer": "经现场核实，情况属实；已于当日派员到场处置完毕，并将继续巡查。",
    "basis": "《城市管理执法办法》第八条",
    "reason": "与在办案件重复，现场已无此情况",
    "missing": "该单位未到场，已告知其负责人说明",
}
#: what people fill although the schema leaves it free: the rules ask for it
ALWAYS = {*ODDS, "basis"}
TEXT = "已派员到场处置完毕，情况属实"


def fill(form: Mapping[str, Any], chance: random.Random, units: list[str]) -> dict[str, Any]:
    """Return values that the form's schema allows: what it requires, and what it requires then; now and then more."""
    fields = form.get("properties", {})
    wanted = list(form.get("required", []))
    wanted += [
        name
        for name in fields
        if name not in wanted and (name in ALWAYS or "x-of" in fields[name] or chance.random() < 0.3)
    ]
    values = {name: _value(name, fields[name], chance, units) for name in wanted}
    for rule in [form, *form.get("allOf", [])]:
        if "if" in rule:
            branch = rule.get("then" if _holds(rule["if"], values) else "else", {})
            for name in branch.get("required", []):
                values.setdefault(name, _value(name, fields[name], chance, units))
    return values


def _holds(condition: Mapping[str, Any], values: Mapping[str, Any]) -> bool:
    if any(name not in values for name in condition.get("required", [])):
        return False
    for name, wanted in condition.get("properties", {}).items():
        if name in values and "const" in wanted and values[name] != wanted["const"]:
            return False
        if name in values and "enum" in wanted and values[name] not in wanted["enum"]:
            return False
    return True


def _value(name: str, field: Mapping[str, Any], chance: random.Random, units: list[str]) -> Any:
    allowed = field.get("enum") or ([True, False] if field.get("type") == "boolean" else None)
    if allowed:
        odds = ODDS.get(name, {})
        return chance.choices(allowed, [odds.get(each, 0.1 if odds else 1.0) for each in allowed])[0]
    if field.get("x-widget") == "unit":
        return chance.choice(units)
    if field.get("type") == "array":
        return [_value(name, field.get("items", {}), chance, units)] if field.get("minItems") else []
    if field.get("type") in ("integer", "number"):
        return field.get("minimum", 1)
    if field.get("format") == "date":
        return "2030-01-01"
    return TEXTS.get(field.get("x-of", name), TEXT)
