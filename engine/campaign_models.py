"""The tables of visit campaigns (季度走访): a window of time, and every attempt to reach a household in it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.columns import Base
from engine.ids import new_id


class Campaign(Base):
    """One campaign: its case, its window, and how many households each grid had when it began."""

    __tablename__ = "campaigns"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), unique=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    grids: Mapped[list[Any]]  #: dicts of code, name, households and worker (None: nobody works there)
    closed_at: Mapped[datetime | None]


class Attempt(Base):
    """Somebody tried to reach a household: at the door, by telephone, through the property company."""

    __tablename__ = "attempts"
    __table_args__ = (Index("ix_attempts_campaign_id_grid_code", "campaign_id", "grid_code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    campaign_id: Mapped[UUID] = mapped_column(ForeignKey("campaigns.id"))
    household_id: Mapped[UUID] = mapped_column(ForeignKey("households.id"), index=True)
    grid_code: Mapped[str] = mapped_column(String(20))
    channel: Mapped[str] = mapped_column(String(20))  #: see ``campaigns.CHANNELS``
    reached: Mapped[bool]
    purpose: Mapped[str | None] = mapped_column(String(20))  #: what the household was told it is for
    consent: Mapped[bool | None]  #: to its data being written down
    comment: Mapped[str] = mapped_column(Text)
    tried_at: Mapped[datetime] = mapped_column(index=True)
    tried_by: Mapped[str] = mapped_column(String(60))
