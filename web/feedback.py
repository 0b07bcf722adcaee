"""Call-backs (回访), re-checks (抽查) and the three rates."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import cases, catalogue, directory, feedback, privacy
from engine.errors import ForbiddenError, InvalidError
from engine.uow import UnitOfWork
from web.context import reading, signed_in, transaction
from web.i18n import say

bp = Blueprint("feedback", __name__)
SCORES = {3: "Satisfied", 2: "Somewhat", 1: "Not satisfied"}


@bp.get("/call-backs")
def index() -> ResponseReturnValue:
    """Show whose reporters are to be called, what was drawn for a re-check, and the rates of the units."""
    signed_in()
    with reading() as uow:
        may = feedback.may_call(uow)
        waiting = feedback.to_call(uow) if may else []
        drawn = feedback.to_check(uow) if may else []
        rates = feedback.rates(uow)
        codes = {case.unit_code for case in waiting} | {case.unit_code for _row, case in drawn}
        units = catalogue.unit_names(uow, codes | {rate.unit for rate in rates})
        return render_template("call_backs.html", may=may, waiting=waiting, drawn=drawn, rates=rates, units=units)


@bp.get("/call-backs/<uuid:case_id>")
def show(case_id: UUID) -> ResponseReturnValue:
    """Show what was reported and answered, and ask what the reporter says."""
    signed_in()
    return _page(case_id, {})


def _page(case_id: UUID, problems: dict[str, str]) -> str:
    with reading() as uow:
        if not feedback.may_call(uow):
            raise ForbiddenError("call-backs and re-checks are made by those who answer or verify")
        case = cases.get_case(uow, case_id)
        said = feedback.call_backs(uow, case_id)
        return render_template(
            "call_back.html",
            case=case,
            facts=cases.facts(case) | {"contact": _contact(uow, case)},
            said=said,
            people=directory.full_names(uow, {each.asked_by for each in said}),
            is_drawn=any(row.case_id == case_id for row, _case in feedback.to_check(uow, 500)),
            scores=SCORES,
            problems=problems,
            typed=request.form,
        )


def _contact(uow: UnitOfWork, case: Any) -> str:
    """Return the whole number while there is a call to make, else what the person may see anyway."""
    if case.closed_at is not None and not feedback.is_heard(uow, case):
        return cases.facts(case).get("contact", "")
    return privacy.contact(uow, case)


@bp.post("/call-backs/<uuid:case_id>")
def call_back(case_id: UUID) -> ResponseReturnValue:
    """Keep what the reporter said, or what the re-check found."""
    signed_in()
    form = request.form
    try:
        with transaction() as uow:
            if "passed" in form:
                feedback.check_again(uow, case_id, form["passed"] == "1", form.get("comment", ""))
            else:
                said = feedback.Said(
                    form.get("reached") == "1",
                    form.get("responded") == "1",
                    form.get("solved") == "1",
                    form.get("score", 0, type=int),
                    form.get("comment", ""),
                )
                feedback.call_back(uow, case_id, said)
    except InvalidError as error:
        return _page(case_id, error.problems), 422
    flash(say("It was kept."))
    return redirect(url_for(".index"))
