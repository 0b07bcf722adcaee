"""Headers of every answer. The policy allows no inline script and no inline style. Source: ASVS 5.0, 3.4."""

import time
from collections import deque

from flask import Flask, Response, request

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
}
#: pages that may ask a phone where it is, once its owner presses a button
LOCATING = {"public.report", "field.verify", "inbox.show", "inbox.complete"}


class Throttle:
    """Lets an address do something so often in ten minutes; for one process, kept in memory."""

    def __init__(self, most: int, seconds: float = 600) -> None:
        self.most, self.seconds = most, seconds
        self._done: dict[str, deque[float]] = {}

    def allow(self, address: str) -> bool:
        """Say whether the address may do it once more, and count it."""
        now = time.monotonic()
        if len(self._done) > 10_000:
            self._done = {key: done for key, done in self._done.items() if done and done[-1] > now - self.seconds}
        done = self._done.setdefault(address, deque())
        while done and done[0] <= now - self.seconds:
            done.popleft()
        if len(done) >= self.most:
            return False
        done.append(now)
        return True


def protect(app: Flask) -> None:
    """Set the headers on every answer; what is not static is never cached."""

    @app.after_request
    def headers(response: Response) -> Response:
        if request.endpoint in LOCATING:
            response.headers.setdefault("Permissions-Policy", "geolocation=(self), camera=(), microphone=()")
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        if request.is_secure:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return response
