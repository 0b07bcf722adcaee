"""Doing one thing to many tasks: by the same rules as to one, with a look beforehand at what each row will do."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from engine import notes, tasks
from engine.errors import EngineError, InvalidError
from engine.uow import UnitOfWork
from web import forms
from web.context import reading, signed_in, transaction
from web.filters import about, activity
from web.i18n import explain, language, reworded, say

bp = Blueprint("bulk", __name__)
MOST = 100
ACTIONS = {
    "claim": "Claim",
    "release": "Put back",
    "reassign": "Hand on",
    "note": "Add a note",
    "complete": "Complete",
}


class _OnlyLooking(Exception):
    """What was done is taken back: it was only to see whether it may be done; ``error`` says why it may not."""

    def __init__(self, error: EngineError | None) -> None:
        super().__init__()
        self.error = error


@bp.post("/inbox/bulk")
def bulk() -> ResponseReturnValue:
    """Show what the action will do to each chosen task; do it when that was confirmed, each in its own transaction."""
    signed_in()
    action = request.form.get("action", "claim")
    if action not in ACTIONS:
        action = "claim"
    chosen = [UUID(each) for each in dict.fromkeys(request.form.getlist("task")) if _is_id(each)][:MOST]
    phase = request.form.get("phase", "")
    shown, schema = _chosen(chosen, action)
    values = forms.read(schema, request.form) if schema else {}
    asks = bool(shown and schema and schema.get("properties")) and phase not in ("look", "do")
    asks = asks and not (action == "reassign" and values)
    rows = [] if asks else [(each, *shown[each], _try(each, action, values, schema, phase == "do")) for each in shown]
    answer = render_template(
        "bulk.html",
        rows=rows,
        shown=shown,
        action=action,
        label=ACTIONS[action],
        asks=asks,
        same=schema is not None or not shown,
        fields=forms.fields(schema, language(), values) if schema else [],
        done=phase == "do",
        good=[row[0] for row in rows if not row[-1]],
    )
    return answer, 422 if phase == "do" and any(row[-1] for row in rows) else 200


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _chosen(ids: list[UUID], action: str) -> tuple[dict[UUID, tuple[str, str]], dict[str, Any] | None]:
    """Return (step, case) of each chosen task that I may see, and what is asked for: None if that differs."""
    found: dict[UUID, tuple[str, str]] = {}
    schemas: list[dict[str, Any]] = []
    people: dict[str, str] = {}
    with reading() as uow:
        for task_id in ids:
            try:
                task = tasks.get_task(uow, task_id)
            except EngineError:
                continue
            found[task_id] = (
                reworded(activity(task, language())),
                f"{task.case.number} {about(task.case, language())}",
            )
            if action == "complete":
                schemas.append(tasks.form_of(uow, task))
            elif action == "reassign":
                people |= {person.name: person.full_name for person in tasks.colleagues(uow, task)}
    if action == "complete":
        same = bool(schemas) and all(each == schemas[0] for each in schemas)
        return found, schemas[0] if same else None
    return found, _asked(action, people)


def _asked(action: str, people: dict[str, str]) -> dict[str, Any]:
    """Return the form of what the action wants to know."""
    if action == "note":
        text = {"title": say("Note"), "type": "string", "maxLength": notes.LONGEST, "x-widget": "textarea"}
        return {"required": ["text"], "properties": {"text": text}}
    if action == "reassign":
        person = {"title": say("Hand to"), "type": "string", "enum": list(people), "x-labels": people}
        return {"required": ["name"], "properties": {"name": person}}
    return {"properties": {}}


def _try(task_id: UUID, action: str, values: dict[str, Any], schema: dict[str, Any] | None, really: bool) -> str:
    """Do the action to the task, or see whether it may be done; return why not, an empty text if it may."""
    if schema is None:
        return say("is of another kind than the others")
    try:
        with transaction() as uow:
            _do(uow, task_id, action, values, really)
    except _OnlyLooking as look:
        if look.error is None:
            return ""
        return _why(look.error, schema)
    except EngineError as error:
        return _why(error, schema)
    return ""


def _do(uow: UnitOfWork, task_id: UUID, action: str, values: dict[str, Any], really: bool) -> None:
    """Do the action; of a look nothing is kept, not even what was refused."""
    try:
        WORK[action](uow, task_id, values)
    except EngineError as error:
        if really:
            raise
        raise _OnlyLooking(error) from error
    if not really:
        raise _OnlyLooking(None)


def _why(error: EngineError, schema: dict[str, Any]) -> str:
    if isinstance(error, InvalidError):
        titles = {name: forms.said(one.get("title", name), language()) for name, one in schema["properties"].items()}
        problems = {titles.get(name, name): what for name, what in error.problems.items()}
        return explain(InvalidError(problems=problems))
    return explain(error)


def _note(uow: UnitOfWork, task_id: UUID, values: dict[str, Any]) -> None:
    notes.add_note(uow, tasks.get_task(uow, task_id).case_id, str(values.get("text", "")))


WORK: dict[str, Callable[[UnitOfWork, UUID, dict[str, Any]], None]] = {
    "claim": lambda uow, task_id, _: tasks.claim_task(uow, task_id),
    "release": lambda uow, task_id, _: tasks.release_task(uow, task_id),
    "reassign": lambda uow, task_id, values: tasks.reassign_task(uow, task_id, str(values.get("name", ""))),
    "note": _note,
    "complete": tasks.complete_task,
}
