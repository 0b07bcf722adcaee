"""Questions between units (单位间提问) on the pages of a case and a task: what was asked and answered, and asking."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import cases, catalogue, directory, privacy, questions
from engine.errors import InvalidError, RefusedError
from engine.uow import UnitOfWork
from web.auth import safe_next
from web.clock import UNIT_WORDS
from web.context import reading, signed_in, transaction
from web.i18n import explain, language, say

bp = Blueprint("questions", __name__)


def panel(uow: UnitOfWork, case: Any, task: Any = None) -> dict[str, Any] | None:
    """Return what the pages say of questions; None where nothing was asked and the actor may not ask.

    Holds the questions, which of them the actor may withdraw, whom the actor may ask until when, names; the question
    that the task is about.
    """
    rows, may_ask = questions.of_case(uow, case.id), questions.may_ask(uow, case)
    if not rows and not may_ask:
        return None
    offered = questions.offered(uow, case) if may_ask else None
    said = {f"{row.id} {name}": getattr(row, name) or "" for row in rows for name in ("text", "answer", "explanation")}
    return {
        "rows": rows,
        "said": privacy.told(uow, case, said),
        "mine": {row.id for row in rows if questions.may_withdraw(uow, row) and not case.closed_at},
        "offered": offered,
        "unit_words": UNIT_WORDS,
        "units": catalogue.unit_names(uow, {code for row in rows for code in (row.unit_code, row.asker_unit)}),
        "people": directory.full_names(uow, questions.persons(rows)),
        "asked": questions.of_task(uow, task) if task is not None else None,
    }


def texts(uow: UnitOfWork, found: Any) -> dict[UUID, str]:
    """Return what is asked, without numbers of phones, of those of the tasks that are about a question."""
    return {task_id: privacy.without_numbers(row.text) for task_id, row in questions.about(uow, found).items()}


def rest(uow: UnitOfWork, found: Any) -> dict[UUID, Any]:
    """Return what is left for each of the tasks; of a question by the calendar of the unit that is asked."""
    return questions.time_left(uow, found)


@bp.post("/cases/<uuid:case_id>/questions")
def ask(case_id: UUID) -> ResponseReturnValue:
    """Ask a unit; where that is refused, the page says why, and nothing typed is lost."""
    signed_in()
    unit, text = request.form.get("unit", "")[:40], request.form.get("question", "")
    back = safe_next(request.form.get("next"), url_for("cases.show", case_id=case_id))
    try:
        with transaction() as uow:
            questions.ask(uow, case_id, unit, text)
    except InvalidError as error:
        return _again(case_id, back, unit, text, say(next(iter(error.problems.values())))), 422
    except RefusedError as error:
        return _again(case_id, back, unit, text, explain(error)), 409
    with reading() as uow:
        name = catalogue.unit_names(uow, [unit])[unit][language()]
    flash(say("{} is asked; its time to answer runs. The case stays with you.").format(name))
    return redirect(f"{back}#questions")


def _again(case_id: UUID, back: str, unit: str, text: str, problem: str) -> str:
    with reading() as uow:
        case = cases.get_case(uow, case_id)
        typed = {"unit": unit, "question": text, "problem": problem}
        return render_template("question_again.html", case=case, back=back, typed=typed, questions=panel(uow, case))


@bp.post("/questions/<uuid:question_id>/withdraw")
def withdraw(question_id: UUID) -> ResponseReturnValue:
    """Take a question back that nobody has answered."""
    signed_in()
    with transaction() as uow:
        case_id = questions.withdraw(uow, question_id).case_id
    flash(say("The question was withdrawn."))
    back = safe_next(request.form.get("next"), url_for("cases.show", case_id=case_id))
    return redirect(f"{back}#questions")
