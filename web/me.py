"""What belongs to the person who is signed in: sessions, language, keys, ready-made texts, notices."""

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from engine import desk, directory, letters, news
from engine.errors import InvalidError
from web.auth import safe_next
from web.context import reading, signed_in, transaction
from web.i18n import say

bp = Blueprint("me", __name__)
KINDS = {
    "mention": "mentions you",
    "answered": "answers your question",
    "handed": "hands you a task",
    "reopened": "was opened again by its reporter",
    "rework": "did not pass the check and goes back to the same unit",
    "informed": "For your information",
    "granted": "grants what you asked for",
    "turned-down": "turns down what you asked for",
    "merged": "was merged into another case",
    "booked": "books a resource of your unit",
    "unbooked": "A resource of your unit is given back",
    "booking-lost": "cancels a booking",
    "lapsed": "No ruling on ownership in time: the first receiver leads",
    "contested": "contests a precedent",
    "decided": "decided on your objection to a precedent",
}
#: what happened by itself, where nobody is named
NOBODYS = {"reopened", "merged", "lapsed", "rework", "informed", "unbooked"}


@bp.get("/me/alive")
def alive() -> ResponseReturnValue:
    """Note that whoever is signed in is at the computer and types."""
    signed_in()
    return "", 204


@bp.get("/me")
def index() -> ResponseReturnValue:
    """Show what I have chosen, my ready-made texts, and where I am signed in."""
    return _page({}, {})


def _page(typed: dict[str, str], problems: dict[str, str]) -> str:
    me = signed_in()
    with reading() as uow:
        return render_template(
            "me.html",
            me=me,
            sessions=directory.sessions(uow),
            is_own=lambda kept: directory.is_own(session.get("token", ""), kept),
            chosen=desk.settings(uow),
            texts=desk.ready_texts(uow),
            typed=typed,
            problems=problems,
        )


@bp.post("/me/sessions")
def end_sessions() -> ResponseReturnValue:
    """End one of my sessions, or all others."""
    signed_in()
    with transaction() as uow:
        if kept := request.form.get("session"):
            directory.end_kept_session(uow, kept)
        else:
            directory.end_other_sessions(uow, session.get("token", ""))
    flash(say("It has ended."))
    return redirect(url_for(".index"))


#: (keys, what they do) of ``static/keys.js``, as the page of keys lists them
KEYS_OF_LIST = [
    (("j", "k"), "next, previous row"),
    (("o", "Enter"), "Open"),
    (("c",), "Claim"),
    (("p",), "Put back"),
    (("x",), "Choose"),
    (("n",), "Claim the most urgent"),
    (("/",), "Search"),
]
KEYS_OF_TASK = [
    (("c",), "Claim"),
    (("p",), "Put back"),
    (("f",), "First field of the form"),
    (("Ctrl Enter",), "Complete"),
    (("u",), "Back to the inbox"),
]
KEYS = [
    (("?",), "Show this page"),
    (("Esc",), "Leave a field"),
    (("Tab", "Shift Tab"), "Next, previous field or button"),
]


@bp.get("/keys")
def keys() -> ResponseReturnValue:
    """List the single keys, with the switch for them."""
    signed_in()
    with reading() as uow:
        are_on = desk.settings(uow)["keys"]
    return render_template("keys.html", keys=are_on, here=KEYS_OF_LIST, task=KEYS_OF_TASK, all=KEYS)


@bp.post("/me/keys")
def choose_keys() -> ResponseReturnValue:
    """Switch the single keys on or off."""
    signed_in()
    with transaction() as uow:
        desk.choose(uow, keys=request.form.get("keys") == "1")
    return redirect(safe_next(request.form.get("next"), f"{url_for('.index')}#keys"))


@bp.post("/me/type")
def choose_type() -> ResponseReturnValue:
    """Show the pages in large type from now on, on every computer, or in the usual one."""
    signed_in()
    session["large"] = request.form.get("large") == "1"
    with transaction() as uow:
        desk.choose(uow, large=session["large"])
    return redirect(f"{url_for('.index')}#type")


@bp.post("/me/mail")
def choose_mail() -> ResponseReturnValue:
    """Send me notices as letters to an address from now on; to none if it is empty."""
    signed_in()
    typed = request.form.get("mail", "")
    try:
        with transaction() as uow:
            desk.choose(uow, mail=letters.checked(typed))
    except InvalidError as error:
        return _page({"mail": typed}, error.problems), 422
    flash(say("It was kept."))
    return redirect(f"{url_for('.index')}#mail")


@bp.post("/me/texts")
def texts() -> ResponseReturnValue:
    """Add a ready-made text, or forget one."""
    signed_in()
    typed = {name: request.form.get(name, "") for name in ("title", "text")}
    try:
        with transaction() as uow:
            if drop := request.form.get("drop", type=UUID):
                desk.drop_ready_text(uow, drop)
            else:
                desk.add_ready_text(uow, typed["title"], typed["text"], shared="shared" in request.form)
    except InvalidError as error:
        return _page(typed, error.problems), 422
    return redirect(f"{url_for('.index')}#texts")


@bp.get("/news", endpoint="news")
def show_news() -> ResponseReturnValue:
    """Show what I was told."""
    signed_in()
    with reading() as uow:
        found = news.notices(uow)
        people = directory.full_names(uow, {notice.told_by for notice, _case in found})
        return render_template("news.html", notices=found, people=people, kinds=KINDS, nobodys=NOBODYS, lent=news.LENT)


@bp.post("/news/seen")
def seen() -> ResponseReturnValue:
    """Note that I have seen them all."""
    signed_in()
    with transaction() as uow:
        news.see_all(uow)
    return redirect(url_for(".news"))
