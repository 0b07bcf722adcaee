"""For administrators: stalled activities, and trying them again; what else needs their attention."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from engine import failures, limits
from web.context import reading, signed_in, transaction
from web.i18n import say

bp = Blueprint("failures", __name__)


@bp.get("/failures")
def index() -> ResponseReturnValue:
    """List the stalled activities, oldest first."""
    signed_in()
    with reading() as uow:
        found = failures.open_failures(uow)
        return render_template("failures.html", failures=found, missing=limits.missing_year(uow))


@bp.post("/failures/<uuid:failure_id>/retry")
def retry(failure_id: UUID) -> ResponseReturnValue:
    """Let the activity try again."""
    signed_in()
    with transaction() as uow:
        failures.retry(uow, failure_id)
    flash(say("It was tried again."))
    return redirect(url_for(".index"))
