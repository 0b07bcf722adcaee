"""The tables of visits (入户走访): households, a visit to one, and the cases that came out of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.columns import Base
from engine.ids import new_id


class Household(Base):
    """The record of a household (户档): where it is, whom to ask, what to know before knocking."""

    __tablename__ = "households"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    grid_code: Mapped[str] = mapped_column(String(20), index=True)
    address: Mapped[str] = mapped_column(String(200), index=True)
    name: Mapped[str] = mapped_column(String(60))  #: of the person who answers for it
    contact: Mapped[str] = mapped_column(String(200))
    tags: Mapped[list[Any]]  #: see ``households.TAGS``
    kept_at: Mapped[datetime]
    kept_by: Mapped[str] = mapped_column(String(60))


class Visit(Base):
    """One visit, out of which cases for several units came; it closes when the last of them has."""

    __tablename__ = "visits"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    token: Mapped[str] = mapped_column(String(30), unique=True)  #: the resident's code
    household_id: Mapped[UUID] = mapped_column(ForeignKey("households.id"), index=True)
    visited_at: Mapped[datetime]  #: as it stands on paper, or when it was entered
    visited_by: Mapped[str] = mapped_column(String(60), index=True)
    entered_at: Mapped[datetime]
    remark: Mapped[str] = mapped_column(Text)  #: for the visitors, never for the units or the resident
    closed_at: Mapped[datetime | None]


class VisitCase(Base):
    """A case belongs to a visit; one that is reported otherwise belongs to none."""

    __tablename__ = "visit_cases"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visits.id"), index=True)
    place: Mapped[int]  #: from 1, in the order in which the matters were ticked
