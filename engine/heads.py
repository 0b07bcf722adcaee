"""Who answers for a unit: its heads, or, where it has none, the group that the table ``head_fallback`` names."""

from typing import Any

from engine import notices, rules
from engine.locked import LockedCase
from engine.models import Unit
from engine.uow import UnitOfWork

RULE = "head_fallback"


def group_for(uow: UnitOfWork, case: LockedCase, code: str) -> str:
    """Return the group of those who answer for the unit now."""
    unit = uow.session.get(Unit, code)
    facts = {
        "unit": code,
        "level": unit.level if unit else None,
        "headed": bool(notices.members(uow, f"unit:{code}:head")),
    }
    return str(rules.answer(uow, case.bound, RULE, facts)[0].get("value"))


def of(uow: UnitOfWork, case: LockedCase, code: str) -> list[str]:
    """Return the user names of those who answer for the unit now."""
    return notices.members(uow, group_for(uow, case, code))


def work_find(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Find who answers for the unit; the work of ``unit.head``. Returns ``head_group``."""
    return {"head_group": group_for(uow, case, str(inputs.get("unit")))}
