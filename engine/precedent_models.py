"""The tables of ownership (权属): how cases were passed on between units, and the rulings that became precedents."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.columns import Base
from engine.ids import new_id


class Transfer(Base):
    """One return of a case by a unit (退回), and where it went from there."""

    __tablename__ = "transfers"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    from_unit: Mapped[str] = mapped_column(String(40), index=True)
    suggested: Mapped[str | None] = mapped_column(String(40))  #: the unit that the returning one thinks right
    reason: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(Text)
    counts: Mapped[bool]  #: as a round; naming an owner for the first time does not
    refused: Mapped[bool]  #: the limit was reached: it went to adjudication instead
    returned_at: Mapped[datetime] = mapped_column(index=True)
    returned_by: Mapped[str] = mapped_column(String(60))
    to_unit: Mapped[str | None] = mapped_column(String(40))  #: None: not passed on yet, or refused
    passed_at: Mapped[datetime | None]
    passed_by: Mapped[str | None] = mapped_column(String(60))


class Precedent(Base):
    """A ruling on ownership (划界裁定), which routes the next case of the same item and area."""

    __tablename__ = "precedents"
    __table_args__ = (Index("ix_precedents_item_code_area_code", "item_code", "area_code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[str] = mapped_column(String(20), unique=True)  #: such as 划界-2026-0001
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    item_code: Mapped[str] = mapped_column(String(20))
    area_code: Mapped[str] = mapped_column(String(20))  #: what the codes of its grids begin with
    lead: Mapped[str] = mapped_column(String(40))
    co: Mapped[list[Any]]  #: codes of the units that assist
    text: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(Text)
    ruled_at: Mapped[datetime]
    ruled_by: Mapped[str] = mapped_column(String(60))
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[str | None] = mapped_column(String(60))
    in_force_from: Mapped[date | None]  #: the day from which it is a rule
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(String(60))
    why_withdrawn: Mapped[str] = mapped_column(Text, default="")


class Contest(Base):
    """A unit's objection (异议) to a precedent; the case from which it came stays where it is."""

    __tablename__ = "contests"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    precedent_id: Mapped[UUID] = mapped_column(ForeignKey("precedents.id"), index=True)
    unit_code: Mapped[str | None] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(Text)
    basis: Mapped[str] = mapped_column(Text)
    contested_at: Mapped[datetime]
    contested_by: Mapped[str] = mapped_column(String(60))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(60))
    decision: Mapped[str | None] = mapped_column(String(20))  #: confirmed or withdrawn


class Citation(Base):
    """A case that was dispatched by a precedent."""

    __tablename__ = "citations"

    precedent_id: Mapped[UUID] = mapped_column(ForeignKey("precedents.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True, index=True)
    cited_at: Mapped[datetime]
