"""Official bulletins: everybody reads them; those who answer or dispatch write them."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import bulletins
from engine.errors import InvalidError
from web.context import reading, signed_in, transaction
from web.i18n import say

bp = Blueprint("bulletins", __name__)
LABELS = {"text_zh": "What the public is told, in Chinese", "text_en": "The same in English (optional)"}


@bp.get("/bulletins")
def index() -> ResponseReturnValue:
    """Show everybody what was published last."""
    with reading() as uow:
        return render_template("bulletins.html", found=bulletins.newest(uow), now=uow.now)


@bp.get("/bulletins/<number>")
def show(number: str) -> ResponseReturnValue:
    """Show everybody what was published about a case, the newest first, with the moments."""
    with reading() as uow:
        case, found = bulletins.on_number(uow, number)
        return render_template("bulletin.html", case=case, found=found, now=uow.now)


@bp.post("/cases/<uuid:case_id>/bulletins")
def publish(case_id: UUID) -> ResponseReturnValue:
    """Publish something about the case."""
    signed_in()
    typed = {name: request.form.get(name, "") for name in LABELS}
    try:
        with transaction() as uow:
            bulletins.publish(uow, case_id, typed["text_zh"], typed["text_en"])
    except InvalidError as error:
        labels = {name: say(label) for name, label in LABELS.items()}
        answer = render_template(
            "bulletin_again.html", case_id=case_id, typed=typed, labels=labels, problems=error.problems
        )
        return answer, 422
    flash(say("It was published."))
    return redirect(f"{url_for('cases.show', case_id=case_id)}#bulletins")


@bp.post("/bulletins/<uuid:bulletin_id>/withdraw")
def withdraw(bulletin_id: UUID) -> ResponseReturnValue:
    """Show no longer what a bulletin said."""
    signed_in()
    with transaction() as uow:
        case_id = bulletins.withdraw(uow, bulletin_id)
    flash(say("It was withdrawn."))
    return redirect(f"{url_for('cases.show', case_id=case_id)}#bulletins")
