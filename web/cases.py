"""The list of cases and the page of a case."""

from itertools import chain as joined
from uuid import UUID

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine import attachments, cases, catalogue, deployments, directory, ledger
from web import clock, diagram, history
from web.context import reading, signed_in
from web.i18n import language, say

bp = Blueprint("cases", __name__)
STATES = {"open": "Open cases", "closed": "Closed cases", "all": "All"}
PAGE = 40


@bp.get("/cases")
def index() -> ResponseReturnValue:
    """List the cases that I may see, newest first, with search."""
    signed_in()
    state = request.args.get("state", "open")
    state = state if state in STATES else "open"
    text, page = request.args.get("q", "")[:100], max(0, request.args.get("page", 0, type=int))
    with reading() as uow:
        found = cases.list_cases(
            uow,
            text=text,
            state=state,
            limit=PAGE + 1,
            offset=page * PAGE,
        )
        holders = [held for case in found if (held := ledger.holder(case))]
        units = catalogue.unit_names(uow, {case.unit_code for case in found} | {held.unit for held in holders})
        return render_template(
            "cases.html",
            units=units,
            people=directory.full_names(uow, {held.person or "" for held in holders}),
            cases=found[:PAGE],
            state=state,
            rest={case.id: cases.time_left(uow, case) for case in found},
            standing={case.id: cases.standing(case) for case in found},
            states=STATES,
            text=text,
            page=page,
            now=uow.now,
            more=len(found) > PAGE,
        )


@bp.get("/cases/<uuid:case_id>")
def show(case_id: UUID) -> ResponseReturnValue:
    """Show where the case stands, how it came there, and what is left to do."""
    signed_in()
    with reading() as uow:
        case = cases.get_case(uow, case_id)
        layout = diagram.in_language(deployments.layout(uow, case), language())
        drawing = diagram.svg(layout, cases.marks(uow, case), say("Where it stands"))
        chain, shown = cases.timeline(uow, case), cases.tasks_of(uow, case)
        offers = history.offers(chain)
        steps = {shape.id: shape.name for shape in layout.shapes}
        names = {entry.actor for entry in chain} | {each.assignee or "" for each in shown}
        return render_template(
            "case.html",
            case=case,
            drawing=Markup(drawing),
            lines=history.lines(chain, shown, steps, language()),
            offers=offers,
            tasks=shown,
            photos=attachments.photos_of(uow, case),
            facts=cases.facts(case),
            rest=cases.time_left(uow, case),
            standing=cases.standing(case),
            duty=clock.panel(uow, case),
            people=directory.full_names(uow, names | {each.completed_by or "" for each in shown}),
            units=catalogue.unit_names(uow, {case.unit_code, *joined(*offers.values())}),
            now=uow.now,
        )


@bp.get("/photos/<uuid:photo_id>")
def photo(photo_id: UUID) -> ResponseReturnValue:
    """Send a photo to those who may see its case."""
    signed_in()
    with reading() as uow:
        found = attachments.get_photo(uow, photo_id)
        answer = Response(found.content, mimetype=found.media_type)
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["Content-Disposition"] = "inline; filename=photo.jpg"
    return answer
