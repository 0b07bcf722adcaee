"""Enforcement outcomes (执法结果) on the pages of a task and a case, and the page of what is to be checked."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import catalogue, directory, enforcement, tasks
from engine.errors import InvalidError, RefusedError
from engine.uow import UnitOfWork
from web import forms
from web.auth import safe_next
from web.context import reading, signed_in, transaction
from web.i18n import explain, language, say

bp = Blueprint("enforcement", __name__)
VIEWS = {
    "due": "To be checked",
    "late": "Check late",
    "not_complied": "Not complied with",
    "lately": "Noted in 30 days",
    "all": "All",
}


def panel(uow: UnitOfWork, case: Any, task: Any = None) -> dict[str, Any] | None:
    """Return what the pages say of outcomes; None where none was noted and the actor notes none in the task.

    Holds the outcomes with the party as the actor may read it, the fields of the form, names, how often it came.
    """
    rows = enforcement.of_case(uow, case.id)
    may_note = task is not None and enforcement.may_note(uow, task)
    if not rows and not may_note and not case.summary.get("repeat"):
        return None
    schema = enforcement.form_of(uow, case)
    return {
        "rows": [(row, enforcement.shown(uow, row)) for row in rows],
        "kinds": kinds(schema),
        "fields": forms.fields(schema, language(), {}) if may_note else [],
        "units": catalogue.unit_names(uow, {row.unit_code for row in rows}),
        "people": directory.full_names(uow, {name for row in rows for name in (row.noted_by, row.checked_by) if name}),
        "times": case.summary.get("repeat"),
    }


def kinds(schema: dict[str, Any]) -> dict[str, str]:
    """Return kind -> what it is called."""
    labels = schema["properties"]["kind"].get("x-labels", {})
    return {kind: forms.said(label, language()) for kind, label in labels.items()}


@bp.post("/tasks/<uuid:task_id>/outcomes")
def note(task_id: UUID) -> ResponseReturnValue:
    """Note an outcome; where that is refused, the page says why, and nothing typed is lost."""
    signed_in()
    with reading() as uow:
        values = forms.read(enforcement.form_of(uow, tasks.get_task(uow, task_id).case), request.form)
    try:
        with transaction() as uow:
            enforcement.note(uow, task_id, values)
    except InvalidError as error:
        return _again(task_id, values, error.problems), 422
    except RefusedError as error:
        return _again(task_id, values, {}, explain(error)), 409
    flash(say("The enforcement outcome was noted."))
    return redirect(url_for("inbox.show", task_id=task_id) + "#enforcement")


def _again(task_id: UUID, values: dict[str, Any], problems: dict[str, str], refusal: str = "") -> str:
    with reading() as uow:
        task = tasks.get_task(uow, task_id)
        fields = forms.fields(enforcement.form_of(uow, task.case), language(), values, problems)
        wrong = [field.label for field in fields if field.problem]
        return render_template(
            "outcome_again.html", task=task, case=task.case, fields=fields, wrong=wrong, refusal=refusal
        )


@bp.post("/outcomes/<uuid:outcome_id>/withdraw")
def withdraw(outcome_id: UUID) -> ResponseReturnValue:
    """Take an outcome back that was noted by mistake."""
    signed_in()
    with transaction() as uow:
        enforcement.withdraw(uow, outcome_id)
    flash(say("The enforcement outcome was withdrawn."))
    return redirect(safe_next(request.form.get("next"), url_for(".index")))


@bp.get("/outcomes")
def index() -> ResponseReturnValue:
    """List outcomes: to be checked, late, not complied with, or all; of one unit or of all that I may see."""
    signed_in()
    view, unit = request.args.get("view", "due"), request.args.get("unit", "")[:40]
    view = view if view in VIEWS else "due"
    with reading() as uow:
        found = enforcement.listed(uow, view, unit)
        return render_template(
            "outcomes.html",
            rows=[(row, case, enforcement.shown(uow, row)) for row, case in found],
            view=view,
            views={name: say(label) for name, label in VIEWS.items()},
            unit=unit,
            kinds=kinds(enforcement.current_form(uow)),
            units=catalogue.unit_names(uow, {unit, *(row.unit_code for row, _case in found)}),
            most=enforcement.MOST,
            now=uow.now,
        )
