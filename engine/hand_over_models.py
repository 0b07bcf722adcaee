"""The tables of who takes whose place: hand-overs (交接), absences (代理), and who works in which grid since when."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.columns import Base
from engine.ids import new_id


class HandOver(Base):
    """The work of one person goes to another: all of it when somebody leaves, or that of grids divided anew."""

    __tablename__ = "hand_overs"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(10))  #: leaving or grids
    leaver: Mapped[str] = mapped_column(String(60), index=True)
    successor: Mapped[str] = mapped_column(String(60), index=True)
    grids: Mapped[list[Any]]  #: codes; of someone who leaves, filled when it takes effect
    groups: Mapped[list[Any]]  #: keys that moved
    reason: Mapped[str] = mapped_column(Text)
    effective_at: Mapped[datetime] = mapped_column(index=True)
    done_at: Mapped[datetime | None]
    planned_at: Mapped[datetime]
    planned_by: Mapped[str] = mapped_column(String(60))


class HandOverItem(Base):
    """One task on the list of a hand-over, which the successor signs."""

    __tablename__ = "hand_over_items"

    hand_over_id: Mapped[UUID] = mapped_column(ForeignKey("hand_overs.id"), primary_key=True)
    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    note: Mapped[str] = mapped_column(Text)  #: the last one that the leaver left on the case
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[str | None] = mapped_column(String(60))


class Absence(Base):
    """Somebody is away, and another does what is offered to them meanwhile."""

    __tablename__ = "absences"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person: Mapped[str] = mapped_column(String(60), index=True)
    substitute: Mapped[str] = mapped_column(String(60), index=True)
    from_at: Mapped[datetime]
    to_at: Mapped[datetime]
    noted_at: Mapped[datetime]
    noted_by: Mapped[str] = mapped_column(String(60))


class GridDivision(Base):
    """Grids are divided anew from a day on: one is split, or several become one."""

    __tablename__ = "grid_divisions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(10))  #: split or merge
    grids: Mapped[list[Any]]  #: codes: the one that is split, or all that become one
    into: Mapped[str] = mapped_column(String(20))  #: code of the grid that comes out of it
    name: Mapped[str] = mapped_column(String(100))  #: of that grid
    worker: Mapped[str] = mapped_column(String(60))  #: who works there from then on
    addresses: Mapped[list[Any]]  #: beginnings of the addresses that a split takes away
    households: Mapped[int]  #: how many a split takes away
    reason: Mapped[str] = mapped_column(Text)
    effective_at: Mapped[datetime] = mapped_column(index=True)
    planned_at: Mapped[datetime]
    planned_by: Mapped[str] = mapped_column(String(60))
    done_at: Mapped[datetime | None]
    homes_at: Mapped[datetime | None]  #: the records of households followed: after the campaign that ran then
    called_off_at: Mapped[datetime | None]
    called_off_by: Mapped[str | None] = mapped_column(String(60))


class GridWorker(Base):
    """Who works in a grid, since when and until when; past rows are never changed."""

    __tablename__ = "grid_workers"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    grid_code: Mapped[str] = mapped_column(String(20), index=True)
    person: Mapped[str] = mapped_column(String(60), index=True)
    since_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
