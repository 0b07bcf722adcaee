"""The list of cases and the page of a case."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain as joined
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine import (
    attachments,
    bulletins,
    cases,
    catalogue,
    deployments,
    directory,
    ledger,
    links,
    notes,
    privacy,
    proof,
    reporters,
    reports,
    search,
    transfers,
    trends,
    words,
)
from engine.errors import InvalidError
from engine.uow import UnitOfWork
from web import (
    clock,
    diagram,
    duties,
    enforcement,
    history,
    holding,
    joint,
    mediations,
    merges,
    ownership,
    questions,
    resources,
    tiles,
    typed,
    visits,
)
from web.bulletins import LABELS
from web.context import reading, signed_in, transaction
from web.filters import activity, days_end, duration
from web.i18n import drawn, language, say
from web.public import SCORES

bp = Blueprint("cases", __name__)
STATES = {"open": "Open cases", "closed": "Closed cases", "all": "All"}
PAGE = 40
#: what narrows a list of cases, as its address names it
NARROWED = (
    *("state", "q", "unit", "late", "since", "until", "closed", "closed-until", "in-time"),
    *("item", "place", "step", "did", "sent-back", "shirked", "missed"),
    *("class", "counted", "of"),
)


#: what a list of the cases that a number counts is called
COUNTS = {
    "heard": "Heard",
    "responded": "Response rate",
    "solved": "Solution rate",
    "satisfied": "Satisfaction rate",
    "called": "called in 30 days",
    "absent": "did not come in time",
    "asked": "asked in 30 days",
    "slow": "did not answer in time",
    "waiting": "waiting",
    "taken": "taken",
    "overdue": "late",
    "excused": "appeals upheld in 30 days",
}


def narrowed(now: datetime) -> dict[str, Any]:
    """Return what the address of a list of cases asks for, as ``search.Wanted`` takes it."""
    state = request.args.get("state", "open")
    moments = {name: _moment(request.args.get(name, ""), now) for name in ("since", "until", "closed", "closed-until")}
    did, sender = request.args.get("did", "")[:100], request.args.get("sent-back", "")[:40]
    return {
        "state": state if state in STATES else "open",
        "text": request.args.get("q", "")[:100],
        "unit": request.args.get("unit", "")[:40],
        "is_late": request.args.get("late") == "1",
        "opened_since": moments["since"],
        "opened_before": moments["until"],
        "closed_since": moments["closed"],
        "closed_before": moments["closed-until"],
        "is_in_time": request.args.get("in-time") == "1",
        "item": request.args.get("item", "")[:20],
        "place": request.args.get("place", "")[:100],
        "step": request.args.get("step", "")[:100],
        "did": did,
        "did_since": now - trends.PERIOD if did else now - transfers.PERIOD if sender else None,
        "sent_back_by": sender,
        "is_shirked": request.args.get("shirked") == "1",
        "counted": request.args.get("counted", "")[:20],
        "counted_of": request.args.get("of", "")[:40],
        "ended_as": request.args.get("class", "")[:30],
        "missed": request.args.get("missed", "")[:20],
    }


def _moment(text: str, now: datetime) -> datetime | None:
    """Return the moment that an address means: ``today``, so many days ago (``30d``), or the beginning of a day."""
    if text == "today":
        return days_end(now) - timedelta(days=1)
    if re.fullmatch(r"\d{1,4}d", text):
        return now - timedelta(days=int(text[:-1]))
    try:
        return typed.moment(text[:10], "since") if text else None
    except InvalidError:
        return None


@bp.get("/cases")
def index() -> ResponseReturnValue:
    """List the cases that I may see, newest first, with search and facets."""
    signed_in()
    page = typed.page(request.args)
    with reading() as uow:
        asked = narrowed(uow.now)
        looked = search.look(uow, search.Wanted(**asked), limit=PAGE + 1, offset=page * PAGE)
        found, facets = looked.cases, looked.facets if looked.cases else {}
        codes = {case.unit_code for case in found}
        codes |= {asked[name] for name in ("unit", "sent_back_by", "counted_of")}
        classes = {code: names[language()] for code, names in catalogue.classes(uow).items()}
        return render_template(
            "cases.html",
            **holding.names(uow, found, codes | {code for code, _count in facets.get("unit", ())}),
            cases=found[:PAGE],
            asked=asked,
            narrow={name: request.args[name] for name in NARROWED if request.args.get(name)},
            facets=facets,
            counts=COUNTS,
            bounds=looked.bounds,
            most={"common": words.MOST, "short": words.DEEP, "words": search.WORDS, "facets": search.FACETED},
            classes=classes,
            steps=_step_names(uow) if asked["step"] or asked["did"] else {},
            rest={case.id: cases.time_left(uow, case) for case in found},
            standing={case.id: cases.standing(case) for case in found},
            states=STATES,
            page=page,
            now=uow.now,
            more=len(found) > PAGE,
        )


def _step_names(uow: UnitOfWork) -> dict[str, str]:
    """Return activity -> its name, of the steps that somebody works at."""
    return {pace.activity: activity(pace, language()) for pace in trends.paces(uow)}


@bp.get("/cases/<uuid:case_id>")
def show(case_id: UUID) -> ResponseReturnValue:
    """Show where the case stands, how it came there, and what is left to do; ``?view=print`` for paper."""
    signed_in()
    with reading() as uow:
        case = cases.get_case(uow, case_id)
        layout = drawn(deployments.layout(uow, case))
        marks = cases.marks(uow, case)
        chain, shown, duty = cases.timeline(uow, case), cases.tasks_of(uow, case), clock.panel(uow, case)
        late = history.lateness(shown, duty["stages"], case.closed_at or uow.now)
        drawing = diagram.svg(layout, marks, say("Where it stands"), _late_tags(late))
        offers = history.offers(chain)
        steps = {shape.id: shape.name for each in (*_called(uow, chain), layout) for shape in each.shapes if shape.name}
        remarks = notes.notes_of(uow, case)
        names = {entry.actor for entry in chain} | {each.assignee or "" for each in shown}
        names |= {each.completed_by or "" for each in shown} | {each.added_by for each in remarks}
        told = bulletins.of_case(uow, case.id)
        names |= {each.published_by for each in told}
        held, same = ledger.holder(case), merges.panel(uow, case)
        names |= merges.people(same) | history.names(chain) | ({held.person or ""} if held else set())
        people = directory.full_names(uow, names)
        return render_template(
            "case.html",
            case=case,
            is_paper=request.args.get("view") == "print",
            drawing=Markup(drawing),
            way=history.way(layout, marks, chain, shown, late, uow.now),
            place=_place(uow, case),
            lines=_hidden(uow, case, history.lines(chain, shown, steps, people, language())),
            offers=offers,
            tasks=shown,
            notes=remarks,
            bulletins=told,
            labels={name: say(label) for name, label in LABELS.items()} if bulletins.may_publish(uow.actor) else {},
            links=links.linked_cases(uow, case.id),
            same=same,
            trip=visits.panel(uow, case),
            mediation=mediations.place(uow, case),
            rating=reporters.rating_of(uow, case.id),
            scores=SCORES,
            photos=attachments.photos_of(uow, case),
            handled_from=proof.handled_from(uow, case.id),
            facts=privacy.told(uow, case, cases.facts(case)) | {"contact": privacy.contact(uow, case)},
            reopened_why=privacy.told(uow, case, {"why": case.summary.get("reopened_why", "")})["why"],
            rest=cases.time_left(uow, case),
            standing=cases.standing(case),
            duty=duty,
            ownership=ownership.panel(uow, case),
            why=duties.why(uow, case),
            joint=joint.panel(uow, case),
            questions=questions.panel(uow, case),
            enforcement=enforcement.panel(uow, case),
            booked=resources.panel(uow, case),
            held=held,
            people=people,
            units=catalogue.unit_names(uow, {case.unit_code, held.unit if held else None, *joined(*offers.values())}),
            now=uow.now,
        )


@bp.post("/cases/<uuid:case_id>/links")
def link(case_id: UUID) -> ResponseReturnValue:
    """Link the case with another one by its number, or take such a link back."""
    signed_in()
    with transaction() as uow:
        if other := request.form.get("part", type=UUID):
            links.part(uow, case_id, other)
        else:
            links.relate(uow, case_id, request.form.get("number", "")[:40])
    flash(say("The link was taken back.") if other else say("The cases are linked."))
    return redirect(url_for(".show", case_id=case_id) + "#linked")


def _hidden(uow: UnitOfWork, case: Any, lines: list[history.Line]) -> list[history.Line]:
    """Return the lines without numbers of phones in them, for those who do not read the contact either."""
    if privacy.may_call(uow, case):
        return lines
    return [replace(line, why=privacy.without_numbers(line.why)) for line in lines]


def _called(uow: UnitOfWork, chain: Any) -> list[Any]:
    """Return the drawings of the processes that the case called, in the language."""
    found = {called for entry in chain if (called := history.called(entry))}
    return [drawn(deployments.drawing(uow, *each)) for each in sorted(found)]


def _late_tags(late: dict[str, timedelta]) -> dict[str, diagram.Tag]:
    """Return what the drawing shows on the steps that were late, or are."""
    return {
        activity_id: diagram.Tag("late", say("{} late").format(duration(over, language())))
        for activity_id, over in late.items()
    }


def _place(uow: UnitOfWork, case: Any) -> dict[str, Any] | None:
    """Return where the case is: the grids of its community as a map, and the spot if the reporter gave one."""
    subject = reports.subjects(uow, [case.id]).get(case.id)
    if subject is None:
        return None
    near = [grid for grid in catalogue.all_grids(uow) if grid.community == subject.community]
    near = [grid for grid in near if grid.until_at is None or grid.code == subject.grid_code]
    here = next((grid.name for grid in near if grid.code == subject.grid_code), subject.grid_code)
    # how many are open in each grid stands on the board: counted here, it would cost more than the rest of the page
    drawn = tiles.svg(near, {}, here, lambda grid: url_for(".index", place=grid), subject.grid_code)
    spot = None if subject.latitude is None else (f"{subject.latitude:.5f}", f"{subject.longitude:.5f}")
    return {"map": Markup(drawn), "grid": here, "code": subject.grid_code, "spot": spot}


@bp.get("/photos/<uuid:photo_id>")
def photo(photo_id: UUID) -> ResponseReturnValue:
    """Send a photo to those who may see its case."""
    signed_in()
    with reading() as uow:
        found = attachments.get_photo(uow, photo_id)
        return _image(found.content, found.media_type)


@bp.get("/photos/<uuid:photo_id>/small")
def small_photo(photo_id: UUID) -> ResponseReturnValue:
    """Send a photo made small to those who may see its case."""
    signed_in()
    with reading() as uow:
        return _image(attachments.thumbnail(uow, attachments.get_photo(uow, photo_id)), "image/jpeg")


def _image(content: bytes, media_type: str) -> Response:
    answer = Response(content, mimetype=media_type)
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.headers["Content-Disposition"] = "inline; filename=photo.jpg"
    return answer
