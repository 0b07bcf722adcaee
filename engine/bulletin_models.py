"""The tables of bulletins for everybody, letters to people who asked for them, and the city's own words."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.columns import Base
from engine.ids import new_id


class Bulletin(Base):
    """What the district tells the public about a case at a moment; never changed, at most withdrawn."""

    __tablename__ = "bulletins"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    text_zh: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text, default="")
    published_at: Mapped[datetime] = mapped_column(index=True)
    published_by: Mapped[str] = mapped_column(String(60))
    withdrawn_at: Mapped[datetime | None]


class Word(Base):
    """A word of the pages that the city says otherwise (核查 or 核实)."""

    __tablename__ = "words"

    language: Mapped[str] = mapped_column(String(5), primary_key=True)
    instead_of: Mapped[str] = mapped_column(String(60), primary_key=True)
    say: Mapped[str] = mapped_column(String(60))


class Letter(Base):
    """An e-mail that is to be sent; written in the transaction that gives the reason for it."""

    __tablename__ = "letters"
    __table_args__ = (
        Index(
            "ix_letters_waiting",
            "due_at",
            sqlite_where=text("sent_at IS NULL"),
            postgresql_where=text("sent_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    address: Mapped[str] = mapped_column(String(200))
    subject: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
    place: Mapped[str] = mapped_column(String(200))  #: the page it is about, as a path
    written_at: Mapped[datetime]
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    why: Mapped[str] = mapped_column(String(300), default="")  #: why the last try failed
    sent_at: Mapped[datetime | None]
