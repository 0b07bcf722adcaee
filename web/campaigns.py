"""Visit campaigns: how far each grid is, and the list of a grid's households for who visits there."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import campaigns, cases, directory, households
from engine.errors import InvalidError, RefusedError
from web.context import reading, signed_in, transaction
from web.i18n import explain, say
from web.visits import TAGS

bp = Blueprint("campaigns", __name__)
CHANNELS = {"door": "At the door", "phone": "By telephone", "property": "Through the property company"}
PURPOSES = {"data": "Keep the record up to date", "safety": "Advice on safety", "care": "Ask how they are"}


@bp.get("/campaigns")
def index() -> ResponseReturnValue:
    """List the campaigns, with how many households each reached."""
    signed_in()
    with reading() as uow:
        found = campaigns.campaigns(uow)
        sums = {}
        for each in found:
            lines = campaigns.coverage(uow, each)
            sums[each.id] = (sum(line.reached for line in lines), sum(line.total for line in lines))
        return render_template("campaigns.html", found=found, sums=sums, now=uow.now)


@bp.get("/campaigns/<uuid:campaign_id>")
def show(campaign_id: UUID) -> ResponseReturnValue:
    """Show how far each grid is, and how it went day by day."""
    signed_in()
    with reading() as uow:
        found = campaigns.get(uow, campaign_id)
        lines = campaigns.coverage(uow, found)
        return render_template(
            "campaign.html",
            found=found,
            lines=lines,
            reached=sum(each.reached for each in lines),
            total=sum(each.total for each in lines),
            days=campaigns.days(uow, found),
            mine={each.code for each in lines if campaigns.may_visit(uow, each.code)},
            people=directory.full_names(uow, {each.worker or "" for each in lines}),
            now=uow.now,
        )


@bp.get("/campaigns/<uuid:campaign_id>/grids/<code>")
def grid(campaign_id: UUID, code: str) -> ResponseReturnValue:
    """List the households of the grid by building and floor; ``?show=missed`` those that were not reached."""
    signed_in()
    return _page(campaign_id, code)


def _page(campaign_id: UUID, code: str, problems: dict[str, str] | None = None, refusal: str = "") -> str:
    with reading() as uow:
        found = campaigns.get(uow, campaign_id)
        doors = campaigns.doors(uow, found, code)
        line = next((each for each in campaigns.coverage(uow, found) if each.code == code), None)
        only = request.args.get("show") == "missed"
        names = {each.tried_by for door in doors for each in door.attempts}
        return render_template(
            "campaign_grid.html",
            found=found,
            code=code,
            line=line,
            doors=[door for door in doors if not (only and door.is_reached)],
            missed=sum(1 for door in doors if not door.is_reached),
            is_over=found.closed_at is not None or uow.now >= found.ends_at,
            channels={name: say(label) for name, label in CHANNELS.items()},
            purposes={name: say(label) for name, label in PURPOSES.items()},
            tags=TAGS,
            people=directory.full_names(uow, names),
            problems=problems or {},
            refusal=refusal,
            typed=request.form,
            only=only,
            evening=(evening := campaigns.checked_in(uow)),
            out=cases.tasks_of(uow, evening) if evening else [],
        )


@bp.post("/campaigns/<uuid:campaign_id>/grids/<code>/attempts")
def attempt(campaign_id: UUID, code: str) -> ResponseReturnValue:
    """Write down that somebody tried to reach a household."""
    signed_in()
    home = request.form.get("household", type=UUID) or campaign_id
    try:
        with transaction() as uow:
            campaigns.attempt(uow, campaign_id, home, _said(request.form))
    except InvalidError as error:
        return _page(campaign_id, code, error.problems), 422
    except RefusedError as error:
        return _page(campaign_id, code, refusal=explain(error)), 409
    flash(say("It was kept."))
    return redirect(f"{url_for('.grid', campaign_id=campaign_id, code=code)}#h-{home}")


def _said(asked: Any) -> campaigns.Said:
    reached = asked.get("reached") == "1"
    consent = {"1": True, "0": False}.get(asked.get("consent", ""))
    purpose = asked.get("purpose") or None
    return campaigns.Said(asked.get("channel", ""), reached, purpose, consent, asked.get("comment", ""))


@bp.post("/campaigns/<uuid:campaign_id>/grids/<code>/check-in")
def check_in(campaign_id: UUID, code: str) -> ResponseReturnValue:
    """Begin an evening visit with the police."""
    signed_in()
    try:
        with transaction() as uow:
            campaigns.get(uow, campaign_id)
            campaigns.check_in(uow, code, request.form.get("partner", ""))
    except InvalidError as error:
        return _page(campaign_id, code, error.problems), 422
    flash(say("You are checked in. Check out when both of you are out."))
    return redirect(url_for(".grid", campaign_id=campaign_id, code=code))


@bp.post("/campaigns/<uuid:campaign_id>/grids/<code>/households")
def add_door(campaign_id: UUID, code: str) -> ResponseReturnValue:
    """Keep the record of a household that was not known yet."""
    signed_in()
    asked = request.form
    entry = households.Entry(
        code, asked.get("address", ""), asked.get("name", ""), asked.get("contact", ""), tuple(asked.getlist("tags"))
    )
    try:
        with transaction() as uow:
            home = campaigns.add_door(uow, campaign_id, entry).id
    except InvalidError as error:
        return _page(campaign_id, code, error.problems), 422
    flash(say("The household was kept."))
    return redirect(f"{url_for('.grid', campaign_id=campaign_id, code=code)}#h-{home}")
