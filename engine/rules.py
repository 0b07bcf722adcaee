"""Rules of the city about single actions: decision tables that say yes, or why not and what is possible instead.

A rule gives ``allowed`` and, where that is not true, ``zh`` and ``en``: why not, and what is possible. A case is judged
by the version that was current when it was opened. Not here: who may see and do what in general (``engine.access``).
"""

from collections.abc import Mapping
from typing import Any

from engine import deployments
from engine.bpmn.values import plain
from engine.errors import InvalidError, RefusedError
from engine.locked import LockedCase
from engine.models import Case
from engine.uow import UnitOfWork


def answer(
    uow: UnitOfWork, bound: Mapping[str, int], rule: str, facts: Mapping[str, Any]
) -> tuple[dict[str, Any], int]:
    """Return what the decision says of the facts, and its version: the one bound, else the current one.

    A decision with one output only gives it as ``value``.

    Raises NotFoundError if no such rule is deployed, InvalidError if it has no answer.
    """
    version = bound.get(rule) or deployments.current(uow, rule).version
    found = plain(deployments.library(uow, bound).decide(rule, version, facts).value)
    if found is not None and not isinstance(found, dict):
        found = {"value": found}
    if found is None:
        raise InvalidError(problems={rule: f"version {version} has no answer for {dict(facts)}"})
    return found, version


def judge(
    uow: UnitOfWork,
    case: LockedCase | Case,
    action: str,
    rule: str,
    facts: Mapping[str, Any],
    given: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return what the rule says if it allows the action.

    Raises RefusedError, which is kept in the case's chain, together with what was ``given``.
    """
    found, version = answer(uow, case.bound, rule, facts)
    if found.get("allowed") is not True:
        words = {language: str(found.get(language) or rule) for language in ("zh", "en")}
        raise RefusedError(action, rule, version, words, case.id, given)
    return found


def refused(uow: UnitOfWork) -> list[RefusedError]:
    """Return what rules refused in this transaction although it goes on, such as a third transfer."""
    return [
        RefusedError(each.action, each.details["rule"], each.details["version"], each.details["why"])
        for each in uow.events
        if each.action.endswith(".refused")
    ]
