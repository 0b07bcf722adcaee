"""The grid officer on the way: my reports, what to verify near me, paper slips."""

from math import cos, hypot, radians
from typing import Any

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from engine import attachments, cases, reporters, reports, tasks
from web.context import reading, signed_in, transaction

bp = Blueprint("field", __name__)
PAGE = 40
METRES = 111_320  #: of a degree of latitude


@bp.get("/report/mine")
def mine() -> ResponseReturnValue:
    """List what I reported, the newest first."""
    signed_in()
    page = max(0, request.args.get("page", 0, type=int))
    with reading() as uow:
        found = reports.mine(uow, limit=PAGE + 1, offset=page * PAGE)
        return render_template(
            "mine.html",
            cases=found[:PAGE],
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
        places = reports.subjects(uow, [task.case_id for task in found])
        communities = sorted({place.community for place in places.values()})
        if community:
            found = [task for task in found if task.case_id in places and places[task.case_id].community == community]
        far = {task.id: distance(here, places.get(task.case_id)) for task in found}
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
            rest={task.id: cases.time_left(uow, task.case, task.due_at) for task in found},
            now=uow.now,
        )


def distance(here: tuple[float | None, float | None], place: Any) -> int | None:
    """Return how far the place is, in metres; right to a few metres within a city. None if it is not known."""
    if here[0] is None or here[1] is None or place is None or place.latitude is None or place.longitude is None:
        return None
    north = (place.latitude - here[0]) * METRES
    east = (place.longitude - here[1]) * METRES * cos(radians(here[0]))
    return round(hypot(north, east))


@bp.get("/slips")
def slips() -> ResponseReturnValue:
    """Show my paper slips that were not entered yet, to print them or to enter what stands on them."""
    signed_in()
    with reading() as uow:
        return render_template("slips.html", slips=reporters.slips(uow), fresh=session.pop("slips", []))


@bp.post("/slips")
def print_slips() -> ResponseReturnValue:
    """Make new codes for paper slips."""
    signed_in()
    with transaction() as uow:
        session["slips"] = reporters.print_slips(uow, request.form.get("count", 8, type=int))
    return redirect(url_for(".slips"))
