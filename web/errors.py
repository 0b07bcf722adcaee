"""The only mapping of errors to HTTP: a page that names the thing and the way out."""

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from engine.errors import ConflictError, EngineError, ForbiddenError, InvalidError, NotFoundError, RefusedError
from engine.uow import PUBLIC
from web import auth, carried
from web.context import actor
from web.i18n import explain, say

CODES: dict[type[EngineError], int] = {
    NotFoundError: 404,
    ForbiddenError: 403,
    ConflictError: 409,
    RefusedError: 409,
    InvalidError: 422,
}
#: what is possible instead, where the sentence of the error does not say it
WAYS: dict[type[EngineError], str] = {
    ForbiddenError: "Ask somebody who may, such as the head of the unit or the dispatcher; the case stands as before.",
    ConflictError: "Open it again and see how it stands now; what you typed before is not lost where a draft was kept.",
}
STALE = "this form is too old: open the page again and send it once more"
#: why HTTP refuses something, by code, in the words of the pages
REASONS = {
    400: STALE,
    404: "there is no such page",
    405: "there is no such page",
    413: "too much at once: 15 MB a photo and 40 MB together are allowed",
    500: "the server made a mistake, which is in its log; nothing was changed",
}


def show_errors(app: Flask) -> None:
    """Turn errors of the engine and of HTTP into pages."""

    @app.errorhandler(EngineError)
    def engine_error(error: EngineError) -> ResponseReturnValue:
        if isinstance(error, ForbiddenError) and actor() is PUBLIC:
            if packed := carried.pack():
                return auth.ask(packed=packed), 403
            return redirect(url_for("auth.sign_in", next=request.path if request.method == "GET" else None))
        code = CODES.get(type(error), 500)
        way = next((way for kind, way in WAYS.items() if isinstance(error, kind)), "")
        rule = error if way and not isinstance(error, RefusedError) else None
        return render_template(
            "error.html", code=code, error=explain(error), way=say(way) if rule else "", rule=rule
        ), code

    @app.errorhandler(CSRFError)
    def csrf_error(error: CSRFError) -> ResponseReturnValue:
        return render_template("error.html", code=400, error=say(STALE)), 400

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        code = error.code or 500
        return render_template("error.html", code=code, error=say(REASONS.get(code, error.description or ""))), code
