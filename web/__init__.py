"""The pages: Flask, drawn on the server, working without JavaScript. ``create_app`` makes the application."""

from datetime import datetime

from flask import Flask, g
from flask_wtf.csrf import CSRFProtect
from markupsafe import Markup

from engine import ledger, news
from engine.uow import PUBLIC, Database
from web import (
    admissions,
    area,
    auth,
    boards,
    bulk,
    bulletins,
    campaigns,
    cases,
    clock,
    dispatch,
    duties,
    enforcement,
    errors,
    failures,
    feedback,
    field,
    filters,
    grids,
    guests,
    hand_overs,
    inbox,
    joint,
    me,
    mediations,
    merges,
    ownership,
    public,
    questions,
    resources,
    security,
    visits,
)
from web.context import actor, database, reading
from web.i18n import language, reworded, voice
from web.words import place

#: the modules of pages; each has a blueprint ``bp``
ROOMS = (
    area,
    auth,
    boards,
    bulk,
    bulletins,
    campaigns,
    cases,
    clock,
    dispatch,
    admissions,
    duties,
    enforcement,
    failures,
    feedback,
    field,
    grids,
    hand_overs,
    inbox,
    joint,
    me,
    mediations,
    merges,
    ownership,
    public,
    questions,
    resources,
    visits,
)


def create_app(database: Database, secret: str, *, is_training: bool = False) -> Flask:
    """Return the application on the database; ``secret`` signs the cookies; ``is_training`` marks every page."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=secret,
        MAX_CONTENT_LENGTH=40_000_000,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
        MUSTER_TRAINING=is_training,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.extensions["muster"] = database
    app.extensions["reports"] = security.Throttle(20)
    CSRFProtect(app)
    security.protect(app)
    errors.show_errors(app)
    guests.keep_in(app)
    for each in ROOMS:
        app.register_blueprint(each.bp)
    _add_filters(app)
    _add_words(app)
    return app


def _add_words(app: Flask) -> None:
    """Give every template the words, the reader and what to say about cases, tasks and time."""

    @app.context_processor
    def shared() -> dict[str, object]:
        return {
            "_": voice(),
            "place": lambda text: reworded(place(text, language())),
            "language": language(),
            "is_training": app.config["MUSTER_TRAINING"],
            "is_guest": guests.is_guest(actor()),
            "person": None if actor() is PUBLIC else actor(),
            "left": lambda value: reworded(filters.left(value, language())),
            "lateness": filters.lateness,
            "holder": ledger.holder,
            "unseen_news": unseen_news,
            "without": lambda known, name: {key: value for key, value in known.items() if key != name},
            "length": lambda value: filters.duration(value, language()),
            "exactly": filters.exactly,
            "about": lambda case: filters.about(case, language()),
            "activity": lambda task: reworded(filters.activity(task, language())),
            "unit_names": lambda codes, units: filters.unit_names(codes, units, language()),
        }


def _add_filters(app: Flask) -> None:
    """Let templates write moments, days and numbers as the reader's language does."""
    app.add_template_filter(moment_text)
    app.add_template_filter(moment, "moment")
    app.add_template_filter(lambda value: filters.day(value, language(), this_year()), "day")
    for each in (filters.iso_day, filters.number, filters.percent):
        app.add_template_filter(each)


def moment(value: datetime | None) -> str:
    """Return the moment as an element that is not broken at the end of a line, and that programs can read."""
    said = moment_text(value)
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), said) if value else ""


def moment_text(value: datetime | None) -> str:
    """Return the moment as the reader's language writes it."""
    return filters.moment(value, language(), this_year())


def this_year() -> int:
    """Return the current year in the city, looked at once a request."""
    if "year" not in g:
        g.year = database().clock.now().astimezone(filters.ZONE).year
    year: int = g.year
    return year


def unseen_news() -> int:
    """Return how many notices the person who is signed in has not seen."""
    with reading() as uow:
        return news.unseen(uow)
