"""The list of duties (权责清单), which everybody reads: who is responsible, gaps and overlaps, versions; a new one."""

import difflib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, catalogue, directory, duties, duty_list
from engine.duty_list import Row
from engine.errors import InvalidError
from engine.uow import UnitOfWork
from web import typed
from web.context import reading, signed_in, transaction
from web.i18n import say

bp = Blueprint("duties", __name__)
PAGE = 60


@bp.get("/duties")
def index() -> ResponseReturnValue:
    """Show who is responsible for an item in a grid on a day, the rows of the list, its gaps and its versions."""
    signed_in()
    return _page()


@bp.get("/duties.csv")
def source() -> ResponseReturnValue:
    """Return a version as the CSV text that was published; the current one if none is named. Raises NotFoundError."""
    signed_in()
    version = request.args.get("version", type=int)
    with reading() as uow:
        row = duties.get_list(uow, version)
    name = f"attachment; filename=duties-{row.version}.csv"
    return Response("\ufeff" + row.source, mimetype="text/csv", headers={"Content-Disposition": name})


@bp.post("/duties")
def publish() -> ResponseReturnValue:
    """Show what a new list would change; or publish it, whole or not at all."""
    access.require(signed_in(), "duty.publish")
    upload = request.files.get("file")
    typed = {name: request.form.get(name, "") for name in ("source", "reason")}
    try:
        if upload and upload.filename:
            typed["source"] = upload.read().decode("utf-8-sig")
        if request.form.get("phase") != "do":
            return _look(typed)
        with transaction() as uow:
            made = duties.publish(uow, typed["source"], typed["reason"])
    except UnicodeDecodeError:
        return _page(typed, {"file": "is no CSV text"}), 422
    except InvalidError as error:
        return _page(typed, error.problems), 422
    said = "The list is in force; running cases keep the version of their dispatch." if made else "Nothing has changed."
    flash(say(said))
    return redirect(url_for(".index"))


def _look(typed: dict[str, str]) -> ResponseReturnValue:
    """Check the new list and show which lines it takes away and adds. Raises InvalidError."""
    with reading() as uow:
        rows = duties.checked(uow, typed["source"].replace("\r\n", "\n"))
        found = duties.report(uow, rows)
        known = duties.current(uow)
    before = known.source.splitlines() if known else []
    after = typed["source"].replace("\r\n", "\n").splitlines()
    changed = [line for line in difflib.ndiff(before, after) if line[:1] in "+-"]
    gap = "nobody leads: name a unit with the role fallback"
    problems = {f"{each.item} {each.grids[0]}": gap for each in found if each.is_open}
    return _page(typed, problems, changed=changed), 422 if problems else 200


def _page(
    typed: dict[str, str] | None = None, problems: dict[str, str] | None = None, changed: Sequence[str] | None = None
) -> str:
    asked = {name: request.args.get(name, "").strip() for name in ("item", "grid", "unit", "day")}
    with reading() as uow:
        known = duties.versions(uow)
        rows = duties.rows_of(known[0]) if known else ()
        day = _day(asked["day"]) or duties.today(uow)
        answer = duty_list.ask(rows, asked["item"], asked["grid"], day) if asked["item"] and asked["grid"] else None
        chosen = [row for row in rows if _is_wanted(row, asked)]
        found = duties.report(uow, rows, day)
        items = catalogue.items(uow)
        return render_template(
            "duties.html",
            asked=asked,
            day=day,
            answer=answer,
            rows=chosen[:PAGE],
            count=len(chosen),
            found=found,
            known=known,
            items=items,
            names={each.code: each.entry for each in items},
            grids=catalogue.grids(uow),
            units=catalogue.unit_names(uow, {row.unit for row in rows}),
            people=directory.full_names(uow, {each.published_by for each in known}),
            may_publish=_may(uow),
            typed=typed or {"source": "", "reason": ""},
            problems=problems or {},
            changed=changed,
        )


def why(uow: UnitOfWork, case: Any) -> dict[str, Any] | None:
    """Return why the case is with its unit: by which ruling, precedent, row of the list, or person, and the basis.

    None before it is dispatched.
    """
    known, unit = case.summary, case.unit_code
    duty, ruling, cited = (known.get(name) or {} for name in ("duty", "ruling", "precedent"))
    if unit is None:
        return None
    found: dict[str, Any] = {"unit": unit, "units": catalogue.unit_names(uow, {unit, *_equal_codes(duty)})}
    if unit in ruling.get("units", ()):
        return {**found, "by": "ruling" if ruling["number"] else "lapse", "number": ruling["number"]}
    if unit in cited.get("units", ()) and not known.get("past_units"):
        return {**found, "by": "precedent", "number": cited["number"], "text": cited["text"]}
    if unit == duty.get("unit"):
        return {**found, "by": duty["rule"], "duty": duty, "table": duties.FALLBACK}
    return {**found, "by": "passed on" if known.get("past_units") or known.get("rounds") is not None else "hand"}


def _equal_codes(duty: Mapping[str, Any]) -> set[str]:
    return {each["unit"] for each in duty.get("equals", ())}


def _may(uow: UnitOfWork) -> bool:
    return access.can(uow.actor, "duty.publish")


def _day(text: str) -> date | None:
    try:
        return typed.day(text, "day") if text else None
    except InvalidError:
        return None


def _is_wanted(row: Row, asked: dict[str, str]) -> bool:
    """Say whether the row speaks of the item, of the grid and of the unit that are asked for."""
    if asked["item"] and not row.is_about(asked["item"]):
        return False
    if asked["grid"] and row.area != "*" and not asked["grid"].startswith(row.area):
        return False
    return not asked["unit"] or row.unit == asked["unit"].upper()
