"""The only mapping of errors to HTTP: a page that names the thing and the way out."""

from flask import Flask, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from engine.errors import ConflictError, EngineError, ForbiddenError, InvalidError, NotFoundError
from engine.uow import PUBLIC
from web.context import actor
from web.i18n import language
from web.words import said

CODES: dict[type[EngineError], int] = {NotFoundError: 404, ForbiddenError: 403, ConflictError: 409, InvalidError: 422}


def show_errors(app: Flask) -> None:
    """Turn errors of the engine and of HTTP into pages."""

    @app.errorhandler(EngineError)
    def engine_error(error: EngineError) -> ResponseReturnValue:
        if isinstance(error, ForbiddenError) and actor() is PUBLIC:
            return redirect(url_for("auth.sign_in", next=request.path if request.method == "GET" else None))
        code = CODES.get(type(error), 500)
        return render_template("error.html", code=code, error=said(error, language())), code

    @app.errorhandler(CSRFError)
    def csrf_error(error: CSRFError) -> ResponseReturnValue:
        return render_template("error.html", code=400, error=error.description), 400

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        return render_template("error.html", code=error.code, error=error.description), error.code or 500
