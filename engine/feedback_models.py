"""The tables of feedback: what a closed case ended with, call-backs (回访) and re-checks (抽查)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.columns import Base
from engine.ids import new_id


class CaseEnd(Base):
    """The variables with which a case closed, so that it can go on from there."""

    __tablename__ = "case_ends"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    variables: Mapped[dict[str, Any]]


class CallBack(Base):
    """What the reporter said of one handling of a case, asked by telephone or written on the page."""

    __tablename__ = "call_backs"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    turn: Mapped[int]  #: 1 for the original handling, 2 after the first reopening
    channel: Mapped[str] = mapped_column(String(10))  #: phone or page
    unit_code: Mapped[str | None] = mapped_column(String(40), index=True)  #: who had handled it
    reached: Mapped[bool]
    responded: Mapped[bool]
    solved: Mapped[bool]
    score: Mapped[int]  #: 1 not satisfied, 2 somewhat, 3 satisfied; 0 not asked
    comment: Mapped[str] = mapped_column(Text)
    asked_at: Mapped[datetime]
    asked_by: Mapped[str] = mapped_column(String(60))


class ReCheck(Base):
    """A closed case that was drawn to be looked at once more."""

    __tablename__ = "re_checks"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    turn: Mapped[int] = mapped_column(primary_key=True)
    share: Mapped[int]  #: per cent, as the table said
    drawn_at: Mapped[datetime]
    passed: Mapped[bool | None]
    comment: Mapped[str] = mapped_column(Text, default="")
    checked_at: Mapped[datetime | None] = mapped_column(index=True)
    checked_by: Mapped[str | None] = mapped_column(String(60))
