"""Doing one thing to many tasks: by the same rules as to one, with a look beforehand at what each row will do."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from engine import tasks
from engine.errors import EngineError, InvalidError
from engine.uow import UnitOfWork
from web import forms
from web.context import reading, signed_in, transaction
from web.i18n import language, say
from web.words import said

bp = Blueprint("bulk", __name__)
MOST = 100
ACTIONS = {"claim": "Claim", "release": "Put back", "reassign": "Hand on", "complete": "Complete"}


class _OnlyLooking(Exception):
    """What was done is taken back: it was only to see whether it may be done."""


@bp.post("/inbox/bulk")
def bulk() -> ResponseReturnValue:
    """Show what the action will do to each chosen task; do it when that was confirmed, each in its own transaction."""
    signed_in()
    action = request.form.get("action", "claim")
    if action not in ACTIONS:
        action = "claim"
    chosen = [UUID(each) for each in dict.fromkeys(request.form.getlist("task")) if _is_id(each)][:MOST]
    confirmed = request.form.get("phase") == "do"
    shown, schemas = _chosen(chosen)
    schema = schemas[0] if schemas and all(each == schemas[0] for each in schemas) else None
    asks = action == "complete" and schema is not None and not request.form.get("phase")
    rows = [] if asks else [(task_id, *shown[task_id], _try(task_id, action, schema, confirmed)) for task_id in shown]
    answer = render_template(
        "bulk.html",
        rows=rows,
        shown=shown,
        action=action,
        label=ACTIONS[action],
        asks=asks,
        same=schema is not None or action != "complete",
        fields=forms.fields(schema, language(), forms.read(schema, request.form)) if schema else [],
        name=request.form.get("name", "").strip(),
        done=confirmed,
        good=[row[0] for row in rows if not row[-1]],
    )
    return answer, 422 if confirmed and any(row[-1] for row in rows) else 200


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _chosen(ids: list[UUID]) -> tuple[dict[UUID, tuple[str, str]], list[dict[str, object]]]:
    """Return (step, case) of each chosen task that I may see, and their forms."""
    found, schemas = {}, []
    with reading() as uow:
        for task_id in ids:
            try:
                task = tasks.get_task(uow, task_id)
            except EngineError:
                continue
            found[task_id] = (task.name, f"{task.case.number} {task.case.title}")
            schemas.append(tasks.form_of(uow, task))
    return found, schemas


def _try(task_id: UUID, action: str, schema: dict[str, object] | None, really: bool) -> str:
    """Do the action to the task, or see whether it may be done; return why not, an empty text if it may."""
    try:
        with transaction() as uow:
            WORK[action](uow, task_id, schema)
            if not really:
                raise _OnlyLooking
    except _OnlyLooking:
        return ""
    except InvalidError as error:
        return said(error, language())
    except EngineError as error:
        return said(error, language())
    return ""


def _complete(uow: UnitOfWork, task_id: UUID, schema: dict[str, object] | None) -> None:
    if schema is None:
        raise InvalidError(problems={say("Task"): "is of another kind than the others"})
    tasks.complete_task(uow, task_id, forms.read(schema, request.form))


WORK: dict[str, Callable[[UnitOfWork, UUID, dict[str, object] | None], None]] = {
    "claim": lambda uow, task_id, _: tasks.claim_task(uow, task_id),
    "release": lambda uow, task_id, _: tasks.release_task(uow, task_id),
    "reassign": lambda uow, task_id, _: tasks.reassign_task(uow, task_id, request.form.get("name", "").strip()),
    "complete": _complete,
}
