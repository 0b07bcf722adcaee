"""The boards of leaders: today, units, weeks, grids, steps; and the list of cases as a file."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import islice
from typing import Any

import xlsxwriter
from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine import (
    boards,
    cases,
    catalogue,
    deployments,
    enforcement,
    exports,
    joint,
    ledger,
    questions,
    reports,
    stages,
    transfers,
    trends,
)
from web import diagram, holding, tiles
from web.cases import NARROWED, narrowed
from web.context import reading, signed_in, transaction
from web.filters import about, days_end, duration, stamp
from web.i18n import drawn, language, say

bp = Blueprint("boards", __name__)
MOST = 20_000
COLUMNS = ("Number", "Case", "Place", "Unit", "Holder", "Held since", "Stage", "Opened", "Deadline", "Closed")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/board")
def board() -> ResponseReturnValue:
    """Show what is open, late and closed, today, by unit, by week and by grid; every number leads to its list."""
    signed_in()
    with reading() as uow:
        midnight = days_end(uow.now) - timedelta(days=1)
        lines, senders, came = boards.by_unit(uow), transfers.lately(uow), joint.lately(uow)
        answered, enforced = questions.lately(uow), enforcement.lately(uow)
        held = trends.by_grid(uow)
        grids = [grid for grid in catalogue.all_grids(uow) if grid.until_at is None or grid.code in held]
        weeks = trends.weeks(uow, midnight - timedelta(days=midnight.weekday()))
        return render_template(
            "board.html",
            today=boards.today(uow, midnight),
            ended=boards.by_class(uow),
            excused=boards.excused(uow),
            lines=lines,
            senders=senders,
            came=came,
            answered=answered,
            enforced=enforced,
            weeks=weeks,
            most=max((max(week.opened, week.closed) for week in weeks), default=0) or 1,
            grids=[(grid, *held[grid.code]) for grid in grids if grid.code in held],
            map=Markup(tiles.svg(grids, held, say("Open cases by grid"), _cases_of)),
            units=catalogue.unit_names(uow, {*_units_of(lines, senders, came, answered, enforced)}),
        )


def _units_of(*tables: Iterable[Any]) -> Iterator[str | None]:
    return (row.unit for rows in tables for row in rows)


def _cases_of(grid: str) -> str:
    return url_for("cases.index", place=grid)


@bp.get("/board/steps")
def steps() -> ResponseReturnValue:
    """Show how long each step takes and what waits at it, on the diagram and as a table."""
    signed_in()
    with reading() as uow:
        paces = trends.paces(uow)
        layout = drawn(deployments.current_drawing(uow, reports.PROCESS))
        slowest = max((pace.mean for pace in paces if pace.mean), default=None)
        tags = {
            pace.activity: diagram.Tag(f"heat{heat(pace.mean, slowest)}", duration(pace.mean, language()))
            for pace in paces
            if pace.mean is not None and slowest
        }
        return render_template(
            "board_steps.html",
            paces=paces,
            stages=stages.lately(uow),
            heats={pace.activity: heat(pace.mean, slowest) for pace in paces},
            drawing=Markup(diagram.svg(layout, diagram.NO_MARKS, say("How long each step takes"), tags)),
        )


def heat(mean: timedelta | None, slowest: timedelta | None) -> int:
    """Return how hot a step is, 0 to 4, against the slowest."""
    return 0 if not mean or not slowest else min(4, int(mean / slowest * 4.999))


def _rows() -> list[list[str]]:
    """Return the list of cases, narrowed as the page was, with its head; that somebody took it is noted."""
    signed_in()
    rows = [[say(column) for column in COLUMNS]]
    with reading() as uow:
        found = cases.list_cases(uow, **narrowed(uow.now), limit=MOST)
        names = holding.names(uow, found, {case.unit_code for case in found})
        units = names["units"]
        for case in found:
            unit = units.get(case.unit_code or "", {}).get(language(), case.unit_code or "")
            moments = [stamp(each) for each in (case.opened_at, case.due_at, case.closed_at)]
            place, stage = str(case.summary.get("address") or ""), say(cases.standing(case))
            held = ledger.holder(case)
            who = names["people"].get(held.person or "") or units.get(held.unit, {}).get(language(), "") if held else ""
            since = stamp(held.since) if held else ""
            rows.append([case.number, about(case, language()), place, unit, who, since, stage, *moments])
    with transaction() as uow:
        asked = {name: request.args[name][:100] for name in NARROWED if request.args.get(name)}
        exports.note(uow, "cases", asked, len(rows) - 1)
    return rows


@bp.get("/cases.csv")
def export() -> ResponseReturnValue:
    """Send the list of cases, narrowed as the page was, as CSV that opens in a spreadsheet and runs nothing there."""
    out = io.StringIO()
    writer = csv.writer(out)
    rows = _rows()
    writer.writerow(rows[0])
    writer.writerows([harmless(each) for each in row] for row in islice(rows, 1, None))
    return _file("\ufeff" + out.getvalue(), "text/csv", "cases.csv")


@bp.get("/cases.xlsx")
def sheet() -> ResponseReturnValue:
    """Send the same as a spreadsheet in which every text is a text."""
    rows, out = _rows(), io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(out, options) as book:
        page, bold = book.add_worksheet(), book.add_format({"bold": True})
        page.freeze_panes(1, 0)
        for column, width in enumerate((14, 40, 26, 30, 20, 17, 10, 17, 17, 17)):
            page.set_column(column, column, width)
        for number, row in enumerate(rows):
            for column, text in enumerate(row):
                page.write_string(number, column, text[:32_000], bold if number == 0 else None)
        page.autofilter(0, 0, max(len(rows) - 1, 1), len(COLUMNS) - 1)
    return _file(out.getvalue(), XLSX, "cases.xlsx")


def _file(content: str | bytes, media_type: str, name: str) -> Response:
    answer = Response(content, mimetype=media_type)
    answer.headers["Content-Disposition"] = f"attachment; filename={name}"
    return answer


def harmless(text: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula, full-width signs included. Source: OWASP, CSV
    injection."""
    first = unicodedata.normalize("NFKC", text.replace("\0", "")).lstrip(" \u00a0\u3000\ufeff\u200b")[:1]
    return f"'{text}" if first and first in "=+-@\t\r\n|%" else text
