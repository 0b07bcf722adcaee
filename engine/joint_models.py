"""The tables of joint enforcement (联合执法): which units were called, who checked in where, what came of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.columns import Base
from engine.ids import new_id


class JointUnit(Base):
    """A unit that was called to a joint action; a case that is joint again has another round."""

    __tablename__ = "joint_units"
    __table_args__ = (Index("ix_joint_units_called_at", "called_at", "unit_code"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    unit_code: Mapped[str] = mapped_column(String(40), primary_key=True)
    is_lead: Mapped[bool]
    called_at: Mapped[datetime]
    called_by: Mapped[str] = mapped_column(String(60))
    due_at: Mapped[datetime]  #: the limit to check in
    missed_at: Mapped[datetime | None]  #: nobody of it had checked in by then
    explanation: Mapped[str | None] = mapped_column(Text)  #: of its head
    explained_at: Mapped[datetime | None]
    explained_by: Mapped[str | None] = mapped_column(String(60))
    result: Mapped[str | None] = mapped_column(Text)  #: what it found and did
    filed_at: Mapped[datetime | None]
    filed_by: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str | None] = mapped_column(Text)  #: of the lead: why the action ended without its result


class CheckIn(Base):
    """Somebody of a called unit checked in (报到)."""

    __tablename__ = "check_ins"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    round: Mapped[int]
    unit_code: Mapped[str] = mapped_column(String(40))
    person: Mapped[str] = mapped_column(String(60))
    at: Mapped[datetime]
    metres: Mapped[int | None]  #: from the site; None where either spot is not known
    note: Mapped[str | None] = mapped_column(Text)
