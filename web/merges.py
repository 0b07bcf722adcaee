"""Reports of one matter: what may be the same, side by side; merging with one click, and undoing it."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import attachments, cases, catalogue, merges
from engine.uow import UnitOfWork
from web.auth import safe_next
from web.context import reading, signed_in, transaction
from web.i18n import say

bp = Blueprint("merges", __name__)
FILE = merges.FILE
#: how a report comes in
CHANNELS = {
    "web": "Page",
    "grid": "Grid officer",
    "phone": "Telephone",
    "counter": "Counter",
    "paper": "Paper slip",
    "visit": "Visit",
    "open311": "Open311",
}


@bp.get("/duplicates")
def index() -> ResponseReturnValue:
    """Show each report that waits to be filed beside the cases that may be the same matter."""
    signed_in()
    with reading() as uow:
        found = merges.waiting(uow)
        shown = [case for case, others in found for case in (case, *(each.case for each in others))]
        return render_template(
            "duplicates.html",
            found=found,
            may_merge=merges.may_merge(uow.actor),
            facts={case.id: cases.facts(case) for case in shown},
            photos={case.id: attachments.photos_of(uow, case)[:3] for case in shown},
            units=catalogue.unit_names(uow, {case.unit_code for case in shown}),
            standing={case.id: cases.standing(case) for case in shown},
            channels=CHANNELS,
            now=uow.now,
        )


def panel(uow: UnitOfWork, case: Any, *, suggest: bool = True) -> dict[str, Any]:
    """Return what pages show of a case's duplicates: into what it is merged, what is merged into it, what may be."""
    joined = merges.of_case(uow, case.id)
    may = merges.may_merge(uow.actor)
    near = merges.candidates(uow, case) if may and suggest else []
    near.sort(key=lambda each: not each.leads)
    shown = [each for _row, each in joined] + [each.case for each in near]
    return {
        "into": merges.merge_of(uow, case.id),
        "joined": joined,
        "near": near,
        "may_merge": may,
        "photos": {each.id: attachments.photos_of(uow, each)[:3] for each in shown},
        "facts": {each.id: cases.facts(each) for each in shown},
        "standing": {each.id: cases.standing(each) for each in shown},
        "channels": CHANNELS,
    }


def people(shown: dict[str, Any]) -> set[str]:
    """Return who merged what the panel shows."""
    rows = [row for row, _case in shown["joined"]] + ([shown["into"][0]] if shown["into"] else [])
    return {row.merged_by for row in rows}


@bp.post("/cases/<uuid:case_id>/merge")
def merge(case_id: UUID) -> ResponseReturnValue:
    """Make the report one matter with another case."""
    signed_in()
    into = request.form.get("into", type=UUID) or case_id
    with transaction() as uow:
        merges.merge(uow, case_id, into, request.form.get("why", ""))
    flash(say("The report was merged. It can be taken out again at any time."))
    return redirect(safe_next(request.form.get("next"), url_for("cases.show", case_id=into)))


@bp.post("/cases/<uuid:case_id>/unmerge")
def unmerge(case_id: UUID) -> ResponseReturnValue:
    """Make the report a case of its own again."""
    signed_in()
    with transaction() as uow:
        merges.unmerge(uow, case_id, request.form.get("why", ""))
    flash(say("The report is a case of its own again, with its own tasks and deadline."))
    return redirect(url_for("cases.show", case_id=case_id))
