"""My desk: what is to be done, and doing it."""

from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import attachments, cases, directory, tasks
from engine.errors import InvalidError
from web import bulk, clock, forms
from web.context import reading, signed_in, transaction
from web.filters import days_end
from web.i18n import language, say

bp = Blueprint("inbox", __name__)
VIEWS = {"groups": "My groups", "mine": "Mine", "overdue": "Overdue"}
PAGE = 40


@bp.get("/inbox")
def index() -> ResponseReturnValue:
    """List the open tasks, nearest deadline first."""
    signed_in()
    which = request.args.get("which", "groups")
    which = which if which in VIEWS else "groups"
    page = max(0, request.args.get("page", 0, type=int))
    asked = {name: request.args.get(name, "").strip()[:100] for name in ("q", "step", "due")}
    with reading() as uow:
        wanted = tasks.Wanted(asked["q"], asked["step"], days_end(uow.now) if asked["due"] == "today" else None)
        found = tasks.inbox(uow, which, wanted, limit=PAGE + 1, offset=page * PAGE)
        return render_template(
            "inbox.html",
            tasks=found[:PAGE],
            which=which,
            views=VIEWS,
            asked=asked,
            steps=tasks.steps(uow, which),
            actions=bulk.ACTIONS,
            counts=tasks.counts(uow),
            rest={task.id: cases.time_left(uow, task.case, task.due_at) for task in found},
            now=uow.now,
            page=page,
            more=len(found) > PAGE,
        )


@bp.get("/tasks/<uuid:task_id>")
def show(task_id: UUID) -> ResponseReturnValue:
    """Show the facts, the photos and the form of a task."""
    signed_in()
    return _page(task_id, None, {})


def _page(task_id: UUID, typed: dict[str, Any] | None, problems: dict[str, str]) -> str:
    with reading() as uow:
        task = tasks.get_task(uow, task_id)
        schema = tasks.form_of(uow, task)
        values = typed if typed is not None else task.draft or {}
        fields = forms.fields(schema, language(), values, problems)
        return render_template(
            "task.html",
            task=task,
            case=task.case,
            title=forms.said(schema.get("title", task.name), language()),
            fields=fields,
            wrong=[field.label for field in fields if field.problem] + ([say("Photos")] if "photo" in problems else []),
            photos=attachments.photos_of(uow, task.case),
            facts=cases.facts(task.case),
            asked=clock.asked(uow, task),
            rest=cases.time_left(uow, task.case, task.due_at),
            people=directory.full_names(uow, {task.assignee or "", task.completed_by or ""}),
            now=uow.now,
            me=uow.actor.name,
            key=uuid4().hex,
            problems=problems,
        )


@bp.post("/tasks/<uuid:task_id>/claim")
def claim(task_id: UUID) -> ResponseReturnValue:
    """Make the task mine."""
    signed_in()
    with transaction() as uow:
        tasks.claim_task(uow, task_id)
    flash(say("You have claimed the task."))
    return redirect(url_for(".show", task_id=task_id))


@bp.post("/tasks/<uuid:task_id>/release")
def release(task_id: UUID) -> ResponseReturnValue:
    """Put the task back to its groups."""
    signed_in()
    with transaction() as uow:
        tasks.release_task(uow, task_id)
    flash(say("The task was put back."))
    return redirect(url_for(".index"))


@bp.post("/tasks/<uuid:task_id>/reassign")
def reassign(task_id: UUID) -> ResponseReturnValue:
    """Hand the task to a named colleague."""
    signed_in()
    with transaction() as uow:
        tasks.reassign_task(uow, task_id, request.form.get("name", "").strip())
    flash(say("The task was handed on."))
    return redirect(url_for(".index"))


@bp.post("/tasks/<uuid:task_id>/complete")
def complete(task_id: UUID) -> ResponseReturnValue:
    """Complete the task, or keep a draft; what is wrong is said beside its field and nothing typed is lost."""
    signed_in()
    with reading() as uow:
        schema = tasks.form_of(uow, tasks.get_task(uow, task_id))
    values = forms.read(schema, request.form)
    photos = [(each.filename or "", each.read()) for each in request.files.getlist("photos") if each.filename]
    try:
        with transaction() as uow:
            if "draft" in request.form:
                tasks.save_draft(uow, task_id, values)
            else:
                case_id = tasks.get_task(uow, task_id).case_id
                for name, raw in photos:
                    attachments.add_photo(uow, case_id, name, raw)
                tasks.complete_task(uow, task_id, values, request.form.get("key") or None)
    except InvalidError as error:
        return _page(task_id, values, error.problems), 422
    if "draft" in request.form:
        flash(say("The draft was saved."))
        return redirect(url_for(".show", task_id=task_id))
    flash(say("Done."))
    if "next" in request.form:
        with reading() as uow:
            waiting = tasks.inbox(uow, "mine", limit=1) or tasks.inbox(uow, "groups", limit=1)
        if waiting:
            return redirect(url_for(".show", task_id=waiting[0].id))
    return redirect(url_for(".index"))
