"""What communities may be asked for (社区准入清单), which everybody reads; an administrator publishes a new list."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import access, admissions, catalogue, directory
from engine.errors import InvalidError
from web.context import reading, signed_in, transaction
from web.i18n import say

bp = Blueprint("admissions", __name__)


@bp.get("/admissions")
def index() -> ResponseReturnValue:
    """Show what communities may be asked for, by which basis and until when, and the versions of the list."""
    signed_in()
    return _page()


@bp.get("/admissions.csv")
def source() -> ResponseReturnValue:
    """Return a version as the CSV text that was published; the one in force if none is named. Raises NotFoundError."""
    signed_in()
    with reading() as uow:
        found = admissions.get_list(uow, request.args.get("version", type=int))
    name = f"attachment; filename=admissions-{found.version}.csv"
    return Response("\ufeff" + found.source, mimetype="text/csv", headers={"Content-Disposition": name})


@bp.post("/admissions")
def publish() -> ResponseReturnValue:
    """Publish a new list, whole or not at all."""
    access.require(signed_in(), "duty.publish")
    upload, reason = request.files.get("file"), request.form.get("reason", "")[:500]
    try:
        text = upload.read().decode("utf-8-sig") if upload else ""
        with transaction() as uow:
            made = admissions.publish(uow, text, reason)
    except UnicodeDecodeError:
        return _page(reason, {"file": "is no CSV text"}), 422
    except InvalidError as error:
        return _page(reason, error.problems), 422
    flash(say("The list is in force." if made else "Nothing has changed."))
    return redirect(url_for(".index"))


def _page(reason: str = "", problems: dict[str, str] | None = None) -> str:
    with reading() as uow:
        known = admissions.versions(uow)
        return render_template(
            "admissions.html",
            rows=admissions.rows_of(known[0]) if known else (),
            known=known,
            today=admissions.today(uow),
            names={each.code: each.entry for each in catalogue.items(uow)},
            people=directory.full_names(uow, {each.published_by for each in known}),
            may_publish=access.can(uow.actor, "duty.publish"),
            reason=reason,
            problems=problems or {},
        )
