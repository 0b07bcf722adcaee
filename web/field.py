"""The grid officer on the way: my reports, what to verify near me, paper slips."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from engine import attachments, cases, catalogue, places, reporters, reports, tasks
from web import holding, typed
from web.context import reading, signed_in, transaction
from web.i18n import language
from web.visits import TAGS

bp = Blueprint("field", __name__)
PAGE = 40


@bp.get("/report/mine")
def mine() -> ResponseReturnValue:
    """List what I reported, the newest first."""
    signed_in()
    page = typed.page(request.args)
    with reading() as uow:
        found = reports.mine(uow, limit=PAGE + 1, offset=page * PAGE)
        return render_template(
            "mine.html",
            cases=found[:PAGE],
            **holding.names(uow, found, {case.unit_code for case in found}),
            standing={case.id: cases.standing(case) for case in found},
            rest={case.id: cases.time_left(uow, case) for case in found},
            now=uow.now,
            page=page,
            more=len(found) > PAGE,
        )


@bp.get("/verify")
def verify() -> ResponseReturnValue:
    """List what I am to verify, the nearest first if the address says where I stand, else by deadline."""
    signed_in()
    here = (request.args.get("lat", type=float), request.args.get("lon", type=float))
    community = request.args.get("community", "")[:100]
    with reading() as uow:
        found = tasks.to_verify(uow)
        subjects = reports.subjects(uow, [task.case_id for task in found])
        communities = sorted({place.community for place in subjects.values()})
        if community:
            near = [case_id for case_id, place in subjects.items() if place.community == community]
            found = [task for task in found if task.case_id in near]
        far = {task.id: distance(here, subjects.get(task.case_id)) for task in found}
        if here[0] is not None:
            found.sort(key=lambda task: (far[task.id] is None, far[task.id] or 0))
        return render_template(
            "verify.html",
            tasks=found,
            far=far,
            photos={task.id: attachments.photos_of(uow, task.case) for task in found[:PAGE]},
            communities=communities,
            community=community,
            is_here=here[0] is not None,
            **holding.names(uow, [task.case for task in found], {task.case.unit_code for task in found}),
            rest={task.id: cases.time_left(uow, task.case, task.due_at) for task in found},
            now=uow.now,
        )


def distance(here: places.Spot, place: Any) -> int | None:
    """Return how far the place is, in whole metres; None if it is not known."""
    metres = None if place is None else places.distance(here, (place.latitude, place.longitude))
    return None if metres is None else round(metres)


@bp.get("/slips")
def slips() -> ResponseReturnValue:
    """Show my paper slips that were not entered yet, to print them or to enter what stands on them."""
    signed_in()
    with reading() as uow:
        fresh, is_sheet = session.pop("slips", []), session.pop("sheet", False)
        classes: dict[str, list[str]] = {}
        for item in catalogue.items(uow) if is_sheet else ():
            classes.setdefault(item.entry[f"class_{language()}"], []).append(item.entry[f"item_{language()}"])
        return render_template("slips.html", slips=reporters.slips(uow), fresh=fresh, classes=classes, tags=TAGS)


@bp.post("/slips")
def print_slips() -> ResponseReturnValue:
    """Make new codes for paper slips."""
    signed_in()
    with transaction() as uow:
        session["slips"] = reporters.print_slips(uow, request.form.get("count", 8, type=int))
        session["sheet"] = request.form.get("kind") == "visit"
    return redirect(url_for(".slips"))
