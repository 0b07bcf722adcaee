"""Repeat offences (屡次违法): the same offence come back at the same place or of the same party, linked and judged.

What counts as the same, and from which time on the heavier path is taken, says the table ``repeat_rule``; what follows
``dispatch`` and the diagram ``repeat-offence``. Not here: noting outcomes (``enforcement``).
"""

import unicodedata
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, false, or_, select

from engine import execution, links, places, rules
from engine.desk_models import CaseSubject
from engine.enforcement_models import EnforcementOutcome
from engine.locked import LockedCase
from engine.uow import UnitOfWork

#: of links between cases
LINK = "repeats"
RULE, FOUND = "repeat_rule", "repeat_found"


def party_key(party: str, mark: str, grid: str) -> str:
    """Return by what a party is found again: the number of its licence, card or plate, wherever it is; else its name in
    this grid, since many people share a name. Both without blanks and dashes, wide signs as narrow ones, small letters
    as large ones. Empty for nobody."""
    said = unicodedata.normalize("NFKC", mark or party).upper()
    plain = "".join(sign for sign in said if sign.isalnum())[:90]
    return plain if mark or not plain else f"{plain}@{grid}"


def rule_of(uow: UnitOfWork, case: LockedCase, item: str) -> dict[str, Any]:
    """Return what ``repeat_rule`` says of the item: scope, days, metres, by_address, heavy_from."""
    found, _version = rules.answer(uow, case.bound, RULE, {"item": item})
    return {**found, "heavy_from": int(found["heavy_from"])}


def earlier(uow: UnitOfWork, row: EnforcementOutcome, rule: Mapping[str, Any]) -> list[UUID]:
    """Return the other cases with an outcome for the same offence at the same place or of the same party, the earliest
    first: what the rule counts as the same."""
    query = select(EnforcementOutcome).where(
        EnforcementOutcome.item_code.startswith(str(rule["scope"]), autoescape=True),
        EnforcementOutcome.noted_at >= uow.now - timedelta(days=float(rule["days"])),
        EnforcementOutcome.withdrawn_at.is_(None),
        EnforcementOutcome.case_id != row.case_id,
        _near(row, rule),
    )
    found = uow.session.scalars(query.order_by(EnforcementOutcome.noted_at, EnforcementOutcome.id))
    same = [each.case_id for each in found if _is_same(row, each, rule)]
    return list(dict.fromkeys(same))


def _near(row: EnforcementOutcome, rule: Mapping[str, Any]) -> ColumnElement[bool]:
    """Return the condition on what may be the same, as an index can tell."""
    ways: list[ColumnElement[bool]] = []
    if row.party_key:
        ways.append(EnforcementOutcome.party_key == row.party_key)
    if rule["by_address"] and row.address:
        ways.append((EnforcementOutcome.grid_code == row.grid_code) & (EnforcementOutcome.address == row.address))
    if (box := places.box((row.latitude, row.longitude), float(rule["metres"]))) is not None:
        south, north, west, east = box
        ways.append(
            EnforcementOutcome.latitude.between(south, north) & EnforcementOutcome.longitude.between(west, east)
        )
    return or_(false(), *ways)


def _is_same(row: EnforcementOutcome, other: EnforcementOutcome, rule: Mapping[str, Any]) -> bool:
    if row.party_key and row.party_key == other.party_key:
        return True
    if rule["by_address"] and row.address and (row.grid_code, row.address) == (other.grid_code, other.address):
        return True
    metres = places.distance((row.latitude, row.longitude), (other.latitude, other.longitude))
    return metres is not None and metres <= float(rule["metres"])


def link(uow: UnitOfWork, about: LockedCase, known: list[UUID]) -> None:
    """Link the case with those that it repeats."""
    for other in known:
        links.link(uow, about.id, other, LINK)


def tell_head(uow: UnitOfWork, about: LockedCase, unit: str, times: int) -> None:
    """Have the head of the unit take it up, once for a case, which remembers how often it came.

    A diagram that waits for no such message wants no such task: the outcome is noted all the same.
    """
    if about.summary.get("repeat"):
        return
    about.summary = {**about.summary, "repeat": times}
    uow.record("repeat.found", about, unit=unit, times=times)
    if execution.waits_for(uow, about, FOUND):
        execution.tell(uow, about, FOUND, {"unit": unit, "times": times})


def work_find(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Link earlier cases with an outcome at the place, and say whether the heavier path is due; the work of
    ``enforcement.find``.

    inputs: item, lead. Returns ``times``, how often it came with this one, and ``heavier``.
    """
    subject = uow.session.get(CaseSubject, case.id)
    if subject is None or RULE not in case.bound:
        return {"times": 1, "heavier": False}
    place = EnforcementOutcome(
        case_id=case.id,
        item_code=str(inputs.get("item")),
        grid_code=subject.grid_code,
        address=subject.address,
        latitude=subject.latitude,
        longitude=subject.longitude,
        party_key="",
    )
    rule = rule_of(uow, case, place.item_code)
    known = earlier(uow, place, rule)
    link(uow, case, known)
    times = len(known) + 1
    is_heavier = times >= rule["heavy_from"]
    if is_heavier:
        tell_head(uow, case, str(inputs.get("lead")), times)
    return {"times": times, "heavier": is_heavier}


def work_taken_up(uow: UnitOfWork, case: LockedCase, inputs: dict[str, Any]) -> dict[str, Any]:
    """Keep how the head takes the repeat offence up; the work of ``enforcement.taken-up``."""
    uow.record("repeat.taken-up", case, how=inputs.get("how"), times=inputs.get("times"))
    return {}
