"""Areas, for everybody: who is responsible in my grid, what can be reported there, and figures by area."""

import csv
import io

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from engine import catalogue, publicity
from web.context import reading
from web.i18n import language, say

bp = Blueprint("area", __name__)
COLUMNS = ("Community", "Reported", "Settled", "On time, per cent")


@bp.get("/grid")
def index() -> ResponseReturnValue:
    """Show who is responsible in a grid for what; ask for the grid first."""
    code = request.args.get("grid", "")[:20]
    with reading() as uow:
        grids = catalogue.grids(uow)
        ended = next((each for each in catalogue.all_grids(uow) if each.code == code), None)
        grid = catalogue.in_force(uow, ended.code) if ended else None
        duties = publicity.duties(uow, grid.code) if grid else []
        return render_template(
            "area_grid.html",
            grids=grids,
            grid=grid,
            duties=duties,
            units=catalogue.unit_names(uow, {duty.unit for duty in duties}),
            figures=publicity.areas(uow, grid.code) if grid else [],
            side=1 if language() == "en" else 0,
        )


@bp.get("/figures")
def figures() -> ResponseReturnValue:
    """Show how many matters were reported and settled, by area, in the last year."""
    with reading() as uow:
        return render_template("area_figures.html", areas=publicity.areas(uow))


@bp.get("/figures.csv")
def figures_file() -> ResponseReturnValue:
    """Send the figures as open data."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([say(column) for column in COLUMNS])
    with reading() as uow:
        for area in publicity.areas(uow):
            writer.writerow([area.name, area.opened, area.closed, "" if area.share is None else area.share])
    answer = Response("\ufeff" + out.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = "attachment; filename=figures.csv"
    return answer
