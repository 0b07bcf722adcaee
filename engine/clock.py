"""Where time comes from: the only place that reads a system clock.

Everyone else reads ``uow.now``. All moments are aware UTC.
"""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime: ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the present moment, aware UTC."""
        return datetime.now(UTC)


class FrozenClock:
    """A clock that moves only when told to: for tests and for replays."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment.astimezone(UTC)

    def now(self) -> datetime:
        """Return the moment at which the clock stands, aware UTC."""
        return self._moment

    def set(self, moment: datetime) -> None:
        """Stand at ``moment``, an aware datetime."""
        self._moment = moment.astimezone(UTC)

    def rewind(self, moment: datetime) -> None:
        """Stand at an earlier moment, as a replay that starts again does."""
        self._moment = moment.astimezone(UTC)

    def advance(self, **delta: float) -> None:
        """Move forward by ``timedelta(**delta)``."""
        self._moment += timedelta(**delta)
