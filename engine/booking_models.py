"""The tables of shared resources (共享资源): what units lend, and who booked it from when to when."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.columns import Base
from engine.ids import new_id


class Resource(Base):
    """Something of a unit that others may book: a vehicle, people, equipment."""

    __tablename__ = "resources"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))  #: person, vehicle or equipment
    name_zh: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    unit_code: Mapped[str] = mapped_column(String(40))  #: whose it is
    since: Mapped[date | None]
    until: Mapped[date | None]  #: the last day on which it can be had
    notes: Mapped[str] = mapped_column(Text, default="")

    @property
    def names(self) -> dict[str, str]:
        """Return language -> name."""
        return {"zh": self.name_zh, "en": self.name_en}


class Booking(Base):
    """A unit has a resource for a case from a moment to a moment; what was cancelled or released ended before."""

    __tablename__ = "bookings"
    __table_args__ = (Index("ix_bookings_resource_code", "resource_code", "to_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    resource_code: Mapped[str] = mapped_column(ForeignKey("resources.code"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    unit_code: Mapped[str | None] = mapped_column(String(40))  #: that books
    person: Mapped[str] = mapped_column(String(60))  #: who booked
    from_at: Mapped[datetime]
    to_at: Mapped[datetime]
    booked_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None] = mapped_column(String(60))
    cancelled_why: Mapped[str] = mapped_column(Text, default="")
    released_at: Mapped[datetime | None]  #: the joint action or the case closed

    @property
    def ended_at(self) -> datetime:
        """Return until when the resource was or will be held; not after its beginning if it never was."""
        return min(self.to_at, self.cancelled_at or self.to_at, self.released_at or self.to_at)

    @property
    def is_live(self) -> bool:
        """Say whether it was neither cancelled nor released."""
        return self.cancelled_at is None and self.released_at is None
