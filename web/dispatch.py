"""What a dispatcher sorts: what came back, what nobody took, and how much each unit has to do."""

from datetime import timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from engine import cases, queues
from web import holding
from web.context import reading, signed_in

bp = Blueprint("dispatch", __name__)
PATIENCE = timedelta(hours=2)
WHY = {
    "ruled": "named by a precedent",
    "responsible": "responsible by the list of duties",
    "owner": "owner by the list of duties",
    "helps": "assists by the list of duties",
    "stands in": "acts where nobody leads",
    "did it before": "closed such cases",
}


@bp.get("/dispatch")
def index() -> ResponseReturnValue:
    """Show the cases that units sent back, with units that may be right and why; what nobody took; each unit's load."""
    signed_in()
    with reading() as uow:
        returned, untaken = queues.sent_back(uow), queues.untaken(uow, uow.now - PATIENCE)
        offers = {task.id: queues.suggestions(uow, task.case) for task in returned[:20]}
        loads = queues.loads(uow)
        codes = {load.unit for load in loads} | {each.unit for found in offers.values() for each in found}
        codes |= {task.case.unit_code or "" for task in (*returned, *untaken)}
        return render_template(
            "dispatch.html",
            returned=returned,
            untaken=untaken,
            offers=offers,
            loads=loads,
            most=max((load.waiting + load.taken for load in loads), default=1),
            why=WHY,
            **holding.names(uow, [task.case for task in (*returned, *untaken)], codes),
            rest={task.id: cases.time_left(uow, task.case, task.due_at) for task in (*returned, *untaken)},
            now=uow.now,
        )
