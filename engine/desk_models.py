"""The tables of the desk: what people write to each other beside the forms."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.columns import Base
from engine.ids import new_id


class Note(Base):
    """An internal note on a case; the public never sees it. The chain keeps its digest, so that it can be erased."""

    __tablename__ = "notes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    mentions: Mapped[list[Any]]  #: user names of those it speaks to
    written_at: Mapped[datetime]
    written_by: Mapped[str] = mapped_column(String(60))


class Mention(Base):
    """A note speaks to a person; the row falls when the person has read it."""

    __tablename__ = "mentions"

    person: Mapped[str] = mapped_column(String(60), primary_key=True)
    note_id: Mapped[UUID] = mapped_column(ForeignKey("notes.id"), primary_key=True)
