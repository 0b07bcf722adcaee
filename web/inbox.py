"""My desk: what is to be done, and doing it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import (
    access,
    ahead,
    attachments,
    cases,
    catalogue,
    desk,
    directory,
    inboxes,
    notes,
    privacy,
    proof,
    rules,
    stages,
    tasks,
)
from engine.errors import InvalidError, RefusedError
from engine.uow import UnitOfWork
from web import (
    bulk,
    clock,
    enforcement,
    forms,
    guests,
    holding,
    joint,
    mediations,
    merges,
    ownership,
    questions,
    resources,
    typed,
)
from web.auth import safe_next
from web.context import reading, signed_in, transaction
from web.filters import bounded, days_end
from web.i18n import explain, language, say

bp = Blueprint("inbox", __name__)
VIEWS = {
    "groups": "My groups",
    "mine": "Mine",
    "handed": "Handed to me",
    "overdue": "Overdue",
    "follow": "Follow-up",
    "paused": "Paused",
}
#: what narrows an inbox, as the address of the page names it
NARROWED = ("q", "step", "due", "unit", "item")
PAGE = 40
COUNTED = 10  #: so many saved filters show how much they hold
STEPS = 20  #: so many can be chosen, those with the most tasks


def asked_for(args: Any) -> dict[str, str]:
    """Return what an address asks of the inbox: the view, and what narrows it."""
    which = args.get("which", "groups")
    asked = {name: str(args.get(name, "")).strip()[:100] for name in NARROWED}
    return {"which": which if which in VIEWS else "groups", **asked}


def wanted(asked: dict[str, str], now: datetime) -> inboxes.Wanted:
    """Return the same as the engine takes it."""
    before = days_end(now) if asked["due"] == "today" else None
    return inboxes.Wanted(asked["q"], asked["step"], before, asked["unit"], asked["item"])


@bp.get("/inbox")
def index() -> ResponseReturnValue:
    """List the open tasks, nearest deadline first."""
    signed_in()
    asked, page = asked_for(request.args), typed.page(request.args)
    query = urlencode({name: value for name, value in asked.items() if value})
    with reading() as uow:
        found = tasks.inbox(uow, asked["which"], wanted(asked, uow.now), limit=PAGE + 1, offset=page * PAGE)
        saved = desk.saved_filters(uow)
        steps = inboxes.steps(uow, asked["which"])
        whole = sum(count for _step, _name, _shown, count in steps)
        counted: dict[Any, tuple[str, inboxes.Wanted]]
        counted = {which: (which, inboxes.Wanted()) for which in VIEWS if which != asked["which"]}
        for each in saved[:COUNTED]:
            other = asked_for(dict(parse_qsl(each.query)))
            counted[each.id] = (other["which"], wanted(other, uow.now))
        held = {asked["which"]: whole} | inboxes.counts(uow, counted)
        return render_template(
            "inbox.html",
            tasks=found[:PAGE],
            which=asked["which"],
            views=VIEWS,
            asked=asked,
            query=query,
            is_narrow=any(asked[name] for name in NARROWED),
            shared=shared,
            offered=_offered(query, saved),
            saved=saved,
            held=held,
            steps=steps[:STEPS],
            is_cut=inboxes.is_cut(uow, asked["which"], wanted(asked, uow.now), whole),
            most=inboxes.COUNTED,
            is_long=whole >= inboxes.COUNTED,
            bounded=lambda count: bounded(count, inboxes.COUNTED),
            classes={code: names[language()] for code, names in catalogue.classes(uow).items()},
            **holding.names(
                uow,
                [task.case for task in found],
                {task.case.unit_code for task in found} | {asked["unit"]} | _acting(found),
                {task.assignee for task in found},
            ),
            follow=tasks.follow_ups(uow, found),
            actions=bulk.ACTIONS,
            counts=held,
            rest=questions.rest(uow, found),
            asks=questions.texts(uow, found),
            keys=desk.settings(uow)["keys"],
            me=uow.actor.name,
            now=uow.now,
            page=page,
            more=len(found) > PAGE,
        )


def _offered(query: str, saved: Sequence[Any]) -> str:
    """Return the name under which a shared address offers its filter, unless the reader has that filter already."""
    name = request.args.get("named", "").strip()[:60]
    known = {each.query for each in saved}
    return "" if not query or query in known else name


def shared(each: Any) -> str:
    """Return the address by which a saved filter is shared: whoever opens it may keep the filter under its name."""
    return url_for("inbox.index", **dict(parse_qsl(each.query)), named=each.name)


def _acting(found: Sequence[Any]) -> set[str]:
    """Return what the tasks of several instances are about, where that is a text: the code of a unit, say."""
    values = [value for task in found for value in (task.shown.get("instance") or {}).values()]
    return {value for value in values if isinstance(value, str)}


@bp.post("/inbox/filters")
def save_filter() -> ResponseReturnValue:
    """Keep how the inbox is narrowed under a name, or forget such a name."""
    signed_in()
    asked = asked_for(dict(parse_qsl(request.form.get("query", ""))))
    query = urlencode({name: value for name, value in asked.items() if value})
    with transaction() as uow:
        if drop := request.form.get("drop", type=UUID):
            desk.drop_filter(uow, drop)
        elif "shared" in request.form:
            kept = desk.keep_filter(uow, request.form["shared"], query)
            flash(say("Kept as your own filter: {}").format(kept))
        else:
            desk.save_filter(uow, request.form.get("name", ""), query)
    return redirect(f"{url_for('.index')}?{query}")


@bp.post("/inbox/next")
def claim_next() -> ResponseReturnValue:
    """Claim the most urgent task that nobody has, as the inbox is narrowed, and open it."""
    signed_in()
    asked = asked_for(dict(parse_qsl(request.form.get("query", "")), which="groups"))
    with transaction() as uow:
        found = tasks.inbox(uow, "groups", wanted(asked, uow.now), limit=PAGE)
        waiting = [each for each in found if tasks.may_do(uow, each)]
        if waiting:
            tasks.claim_task(uow, waiting[0].id)
    if not waiting:
        flash(say("Nothing to do here."))
        return redirect(url_for(".index"))
    return redirect(url_for(".show", task_id=waiting[0].id))


@bp.get("/tasks/<uuid:task_id>")
def show(task_id: UUID) -> ResponseReturnValue:
    """Show the facts, the photos and the form of a task."""
    signed_in()
    return _page(task_id, None, {})


def _page(task_id: UUID, typed: dict[str, Any] | None, problems: dict[str, str], refusal: str = "") -> str:
    with reading() as uow:
        task = tasks.get_task(uow, task_id)
        schema = tasks.form_of(uow, task)
        values = typed if typed is not None else task.draft or forms.preset(schema, task.case.summary)
        fields = forms.fields(schema, language(), values, problems)
        remarks = notes.notes_of(uow, task.case)
        names = {task.assignee or "", task.completed_by or ""} | {note.added_by for note in remarks}
        same = merges.panel(uow, task.case, suggest=task.is_open and task.activity_id == merges.FILE)
        names |= merges.people(same)
        return render_template(
            "task.html",
            task=task,
            case=task.case,
            title=forms.said(schema.get("title", task.name), language()),
            help=forms.said(schema.get("description", ""), language()),
            fields=fields,
            wrong=[field.label for field in fields if field.problem] + ([say("Photos")] if "photo" in problems else []),
            photos=attachments.photos_of(uow, task.case),
            handled_from=proof.handled_from(uow, task.case_id),
            rules=ahead.rules(uow, task),
            facts=privacy.told(uow, task.case, cases.facts(task.case)) | {"contact": privacy.contact(uow, task.case)},
            asked=clock.asked(uow, task),
            expected=ahead.expected(uow, task.case),
            unit_words=clock.UNIT_WORDS,
            stages=stages.of_task(uow, task),
            ways=ahead.ways(uow, task),
            notes=remarks,
            same=same,
            mediation=mediations.place(uow, task.case),
            ownership=ownership.panel(uow, task.case, task),
            joint=joint.panel(uow, task.case) if task.shown.get("properties", {}).get("stage") == "joint" else None,
            enforcement=enforcement.panel(uow, task.case, task),
            questions=None if guests.is_guest(uow.actor) else questions.panel(uow, task.case, task),
            booked=_booked(uow, task),
            texts=desk.ready_texts(uow) if any(field.widget == "textarea" for field in fields) else [],
            colleagues=tasks.colleagues(uow, task),
            may_do=tasks.may_do(uow, task),
            why_not=(another := tasks.for_another(uow, task)) and explain(another),
            oversees=access.can(uow.actor, "task.reassign"),
            follow=desk.follow_up_of(uow, task.id),
            rest=questions.rest(uow, [task])[task.id],
            people=directory.full_names(uow, names),
            keys=desk.settings(uow)["keys"],
            now=uow.now,
            me=uow.actor.name,
            key=uuid4().hex,
            problems=problems,
            refusal=refusal,
        )


def _booked(uow: UnitOfWork, task: Any) -> dict[str, Any] | None:
    """Return what is booked for the case, and what may be, where the task is work on the spot."""
    on_the_spot = task.is_open and task.shown.get("properties", {}).get("stage") in ("handle", "joint")
    return resources.panel(uow, task.case) if on_the_spot else None


@bp.post("/tasks/<uuid:task_id>/claim")
def claim(task_id: UUID) -> ResponseReturnValue:
    """Make the task mine."""
    signed_in()
    with transaction() as uow:
        tasks.claim_task(uow, task_id)
    flash(say("You have claimed the task."))
    return redirect(safe_next(request.form.get("next"), url_for(".show", task_id=task_id)))


@bp.post("/tasks/<uuid:task_id>/release")
def release(task_id: UUID) -> ResponseReturnValue:
    """Put the task back to its groups."""
    signed_in()
    with transaction() as uow:
        tasks.release_task(uow, task_id)
    flash(say("The task was put back."))
    return redirect(safe_next(request.form.get("next"), url_for(".index")))


@bp.post("/tasks/<uuid:task_id>/reassign")
def reassign(task_id: UUID) -> ResponseReturnValue:
    """Hand the task to a named colleague."""
    signed_in()
    with transaction() as uow:
        tasks.reassign_task(uow, task_id, request.form.get("name", "").strip())
    flash(say("The task was handed on."))
    return redirect(url_for(".index"))


@bp.post("/tasks/<uuid:task_id>/follow-up")
def follow_up(task_id: UUID) -> ResponseReturnValue:
    """Put the task under the follow-ups of a day, or take it away from there."""
    signed_in()
    day = request.form.get("day", "").strip()
    due = typed.moment(day, say("Follow-up")).replace(hour=8) if day else None
    with transaction() as uow:
        desk.follow_up(uow, task_id, due)
    flash(say("It was kept."))
    return redirect(url_for(".show", task_id=task_id))


@bp.post("/cases/<uuid:case_id>/notes")
def add_note(case_id: UUID) -> ResponseReturnValue:
    """Keep an internal remark on the case."""
    signed_in()
    with transaction() as uow:
        notes.add_note(uow, case_id, request.form.get("text", ""))
    flash(say("The note was kept."))
    back = safe_next(request.form.get("next"), url_for("cases.show", case_id=case_id))
    return redirect(f"{back}#notes")


@bp.post("/tasks/<uuid:task_id>/complete")
def complete(task_id: UUID) -> ResponseReturnValue:
    """Complete the task, or keep a draft; what is wrong is said beside its field and nothing typed is lost."""
    signed_in()
    with reading() as uow:
        schema = tasks.form_of(uow, tasks.get_task(uow, task_id))
    values = forms.read(schema, request.form)
    if "insert" in request.form:
        return _page(task_id, _with_ready_text(schema, values), {})
    photos = [(each.filename or "", each.read()) for each in request.files.getlist("photos") if each.filename]
    try:
        with transaction() as uow:
            if "draft" in request.form:
                tasks.save_draft(uow, task_id, values)
            else:
                case_id = tasks.get_task(uow, task_id).case_id
                for name, raw in photos:
                    attachments.add_photo(uow, case_id, name, raw)
                tasks.complete_task(uow, task_id, values, request.form.get("key") or None)
                said_no = [explain(error) for error in rules.refused(uow)]
    except InvalidError as error:
        return _page(task_id, values, error.problems), 422
    except RefusedError as error:
        return _page(task_id, values, {}, explain(error)), 409
    if "draft" in request.form:
        flash(say("The draft was saved."))
        return redirect(url_for(".show", task_id=task_id))
    for sentence in said_no or [say("Done.")]:
        flash(sentence)
    if "next" in request.form:
        with reading() as uow:
            waiting = tasks.inbox(uow, "mine", limit=1) or tasks.inbox(uow, "groups", limit=1)
        if waiting:
            return redirect(url_for(".show", task_id=waiting[0].id))
    return redirect(safe_next(request.form.get("back"), url_for(".index")))


def _with_ready_text(schema: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """Return what was typed with the chosen ready-made text behind it, in the first long field that is asked for."""
    chosen = request.form.get("ready", type=UUID)
    with reading() as uow:
        text = next((each.text for each in desk.ready_texts(uow) if each.id == chosen), "")
    long = [name for name, one in schema.get("properties", {}).items() if one.get("x-widget") == "textarea"]
    long.sort(key=lambda name: name not in schema.get("required", ()))
    if not long or not text:
        return values
    before = str(values.get(long[0], ""))
    return {**values, long[0]: f"{before}\n{text}".strip()}
