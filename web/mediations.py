"""The page of a mediation: parties and what each consents to, agreements and their return visits."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, attachments, cases, catalogue, directory, mediations, privacy, proof
from engine.errors import InvalidError
from engine.uow import UnitOfWork
from web.context import reading, signed_in, transaction
from web.i18n import language, say

bp = Blueprint("mediations", __name__)
SIDES = {"applicant": "Applicant", "respondent": "Respondent", "other": "Another party"}
HOW = {"signed": "In writing", "spoken": "By word of mouth", "online": "Online"}


def place(uow: UnitOfWork, case: Any) -> UUID | None:
    """Return the case whose mediation the pages of this one lead to: itself, or that of the agreement it visits."""
    if mediations.is_mediated(uow, case.id):
        return UUID(str(case.id))
    visited = mediations.visited_by_case(uow, case.id)
    return visited.case_id if visited else None


@bp.get("/cases/<uuid:case_id>/mediation")
def show(case_id: UUID) -> ResponseReturnValue:
    """Show the parties, as I may read them, and what they agreed."""
    signed_in()
    return _page(case_id)


def _page(case_id: UUID, problems: dict[str, str] | None = None) -> str:
    with reading() as uow:
        case = mediations.get_mediation(uow, case_id)
        parties, made = mediations.shown(uow, case.id), mediations.agreements(uow, case.id)
        third = mediations.mediators(uow)
        bodies = {person.name: unit.name_en if language() == "en" else unit.name_zh for person, unit in third}
        names = {each.agreed_by for each in made} | {each.visited_by or "" for each in made}
        names |= {each["row"].consented_by or "" for each in parties} | {
            each["row"].consent_to or "" for each in parties
        }
        return render_template(
            "mediation.html",
            case=case,
            parties=parties,
            agreements=made,
            whole=mediations.may_read(uow, case.id),
            may_write=mediations.may_write(uow, case.id),
            work=mediations.my_task(uow, case.id),
            third=third,
            bodies=bodies,
            sides={name: say(label) for name, label in SIDES.items()},
            hows={name: say(label) for name, label in HOW.items()},
            people=directory.full_names(uow, names),
            units=catalogue.unit_names(uow, {each.body for each in made}),
            facts=cases.facts(case) | {"contact": privacy.contact(uow, case)},
            photos=attachments.photos_of(uow, case),
            handled_from=proof.handled_from(uow, case.id),
            is_guest=access.GUEST in uow.actor.roles,
            rest=cases.time_left(uow, case),
            standing=cases.standing(case),
            problems=problems or {},
            typed=request.form if problems else {},
            now=uow.now,
        )


@bp.post("/cases/<uuid:case_id>/parties")
def add_party(case_id: UUID) -> ResponseReturnValue:
    """Write down a party, or forget one."""
    signed_in()
    asked = request.form
    try:
        with transaction() as uow:
            if drop := asked.get("drop", type=UUID):
                mediations.drop_party(uow, case_id, drop)
            else:
                side, name, contact = (asked.get(field, "") for field in ("side", "name", "contact"))
                mediations.add_party(uow, case_id, side, name, contact)
    except InvalidError as error:
        return _page(case_id, error.problems), 422
    flash(say("The party was removed.") if drop else say("The party was kept."))
    return redirect(url_for(".show", case_id=case_id))


@bp.post("/cases/<uuid:case_id>/consents")
def consent(case_id: UUID) -> ResponseReturnValue:
    """Write down whether a party consents to a third party."""
    signed_in()
    asked = request.form
    party = asked.get("party", type=UUID) or case_id
    try:
        with transaction() as uow:
            agrees = asked.get("agrees") == "1"
            mediations.consent(uow, case_id, party, asked.get("to", ""), agrees=agrees, how=asked.get("how", ""))
    except InvalidError as error:
        return _page(case_id, error.problems), 422
    flash(say("The consent was kept.") if agrees else say("It was kept that the party does not consent."))
    return redirect(url_for(".show", case_id=case_id))
