"""What a dispatcher sorts: what came back, what nobody took, and how much each unit has to do."""

from datetime import timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from engine import cases, queues, tasks
from web import holding
from web.context import reading, signed_in

bp = Blueprint("dispatch", __name__)
PATIENCE = timedelta(hours=2)
WHY = {
    "proposed": "proposed by the unit that sent it back",
    "ruled": "named by a precedent",
    "responsible": "responsible by the list of duties",
    "owner": "owner by the list of duties",
    "helps": "assists by the list of duties",
    "stands in": "acts where nobody leads",
    "did it before": "closed such cases",
}


@bp.get("/dispatch")
def index() -> ResponseReturnValue:
    """Show what waits to be filed and what units sent back, with who may be right and why; what nobody took; loads."""
    signed_in()
    with reading() as uow:
        returned, untaken = queues.sent_back(uow), queues.untaken(uow, uow.now - PATIENCE)
        fresh = queues.unassigned(uow)
        offers = {task.id: queues.suggestions(uow, task.case) for task in (*returned[:20], *fresh[:20])}
        loads = queues.loads(uow)
        codes = {load.unit for load in loads} | {each.unit for found in offers.values() for each in found}
        shown = (*returned, *untaken, *fresh)
        codes |= {task.case.unit_code or "" for task in shown}
        return render_template(
            "dispatch.html",
            returned=returned,
            fresh=fresh,
            load={load.unit: load for load in loads},
            mine={task.id for task in (*returned, *fresh) if tasks.may_do(uow, task)},
            untaken=untaken,
            offers=offers,
            loads=loads,
            most=max((load.waiting + load.taken for load in loads), default=1),
            why=WHY,
            **holding.names(uow, [task.case for task in shown], codes),
            rest={task.id: cases.time_left(uow, task.case, task.due_at) for task in shown},
            now=uow.now,
        )
