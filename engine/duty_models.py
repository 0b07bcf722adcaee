"""The tables of the clock (责任时钟): how the limit of a case runs, its stages, and what units ask of it.

Not here: calendars (``models.CalendarVersion``), and who holds a case, which stands in its chain (``engine.ledger``).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.columns import Base
from engine.ids import new_id


class CaseClock(Base):
    """The total limit of a case: what was allowed, since when it runs, and how it comes to its deadline."""

    __tablename__ = "case_clocks"
    __table_args__ = (
        Index(
            "ix_case_clocks_running",
            "calendar",
            "calendar_version",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    value: Mapped[str] = mapped_column(String(20))  #: decimal
    unit: Mapped[str] = mapped_column(String(20))
    factor: Mapped[str] = mapped_column(String(20))  #: decimal, of a control area
    condition: Mapped[str | None] = mapped_column(String(20))  #: number of the filing condition of the item
    grade: Mapped[str | None] = mapped_column(String(10))
    calendar: Mapped[str] = mapped_column(String(40))
    calendar_version: Mapped[int]
    is_provisional: Mapped[bool] = mapped_column(default=False)  #: it reaches a year without holidays in the calendar
    started_at: Mapped[datetime]
    dispatched_at: Mapped[datetime | None]  #: None: it runs since the report, nobody was charged with the case yet
    due_at: Mapped[datetime]
    slots: Mapped[list[Any]]  #: stretches of the unit's time from start to deadline: pairs of ISO moments
    extensions: Mapped[int] = mapped_column(default=0)
    pauses: Mapped[list[Any]]  #: pairs of ISO moments
    further: Mapped[list[Any]]  #: limits granted behind the first one: dicts of stage, value and unit
    paused_until: Mapped[datetime | None] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class StageClock(Base):
    """The limit of one stage, beside the total: it runs while the task is open, or until it is claimed."""

    __tablename__ = "stage_clocks"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    token: Mapped[str] = mapped_column(String(20), primary_key=True)
    stage: Mapped[str] = mapped_column(String(20), primary_key=True)
    value: Mapped[str] = mapped_column(String(20))
    unit: Mapped[str] = mapped_column(String(20))
    calendar: Mapped[str] = mapped_column(String(40))
    calendar_version: Mapped[int]
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]


class ClockRequest(Base):
    """What a unit asks of the clock: a pause (挂账), an extension (延期), or an appeal against "late" (超时申诉)."""

    __tablename__ = "clock_requests"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))  #: pause, extension or appeal
    state: Mapped[str] = mapped_column(String(20), index=True)  #: asked, approved or refused
    asked_by: Mapped[str] = mapped_column(String(60))
    asked_at: Mapped[datetime]
    unit_code: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)
    until_at: Mapped[datetime | None]  #: the end of the pause that is asked for
    evidence: Mapped[str | None] = mapped_column(String(64))  #: digest of the file
    decided_at: Mapped[datetime | None]
    deciders: Mapped[list[Any]]  #: user names, in order
