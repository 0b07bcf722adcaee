"""Joint enforcement (联合执法) on the pages of a case and a task: who came, what came of it; one more unit."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import catalogue, directory, joint
from engine.uow import UnitOfWork
from web.context import reading, signed_in, transaction
from web.i18n import language, say

bp = Blueprint("joint", __name__)


def panel(uow: UnitOfWork, case: Any) -> dict[str, Any] | None:
    """Return what the pages say of the joint action; None for a case without one.

    Holds the called units of each round, who checked in by round and unit, whom the actor may call besides; names.
    """
    rows = joint.units_of(uow, case.id)
    if not rows:
        return None
    came: dict[tuple[int, str], list[Any]] = {}
    for each in (arrived := joint.check_ins_of(uow, case.id)):
        came.setdefault((each.round, each.unit_code), []).append(each)
    may_add = joint.may_add(uow, case)
    ready = joint.standing(uow, case) if may_add else []
    there, now = {row.unit_code for row in rows}, joint.called_now(uow, case.id)
    others = [unit for unit in catalogue.units(uow) if unit.code not in now] if may_add else []
    return {
        "rounds": [[row for row in rows if row.round == turn] for turn in sorted({row.round for row in rows})],
        "came": came,
        "ready": ready,
        "others": others,
        "may_add": may_add,
        "units": catalogue.unit_names(uow, {*there, *ready}),
        "people": directory.full_names(uow, joint.persons(rows, arrived)),
    }


@bp.post("/cases/<uuid:case_id>/units")
def add(case_id: UUID) -> ResponseReturnValue:
    """Call one more unit to the joint action."""
    signed_in()
    code = request.form.get("unit", "")
    with transaction() as uow:
        joint.add_unit(uow, case_id, code)
    with reading() as uow:
        name = catalogue.unit_names(uow, [code])[code][language()]
    flash(say("{} is called; its time to check in runs.").format(name))
    return redirect(url_for("cases.show", case_id=case_id) + "#joint")
