"""The tables of the desk: notes, saved filters, follow-ups, notices, ready-made texts, ratings, slips, sessions.

Not here: cases and tasks themselves (``models``) and their clocks (``duty_models``).
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Float, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.columns import Base
from engine.ids import new_id


class CaseSubject(Base):
    """What a reported case is about and where, by which lists and figures are narrowed."""

    __tablename__ = "case_subjects"
    __table_args__ = (
        Index("ix_case_subjects_item_code", "item_code", "opened_at"),
        Index("ix_case_subjects_grid_code", "grid_code", "opened_at"),
        Index("ix_case_subjects_community", "community", "opened_at"),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    item_code: Mapped[str] = mapped_column(String(20))
    grid_code: Mapped[str] = mapped_column(String(20))
    community: Mapped[str] = mapped_column(String(100))
    latitude: Mapped[float | None] = mapped_column(Float)  #: degrees, of the spot that the reporter gave
    longitude: Mapped[float | None] = mapped_column(Float)
    address: Mapped[str] = mapped_column(String(200), default="")  #: as it is compared: see ``places.plain``
    opened_at: Mapped[datetime]


class Note(Base):
    """An internal remark on a case; the public never sees it. The chain keeps its hash only, so it can be erased."""

    __tablename__ = "notes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    mentions: Mapped[list[Any]]  #: user names
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(60))


class SavedFilter(Base):
    """The address of a list that somebody narrowed and wants to find again."""

    __tablename__ = "saved_filters"
    __table_args__ = (UniqueConstraint("person", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(60))
    query: Mapped[str] = mapped_column(String(500))  #: the part of the address after the question mark
    saved_at: Mapped[datetime]


class FollowUp(Base):
    """Somebody wants to look at a task again on a day."""

    __tablename__ = "follow_ups"
    __table_args__ = (Index("ix_follow_ups_person", "person", "due_at"),)

    task_id: Mapped[UUID] = mapped_column(ForeignKey("tasks.id"), primary_key=True)
    person: Mapped[str] = mapped_column(String(60), primary_key=True)
    due_at: Mapped[datetime]


class Notice(Base):
    """Something that a person is told inside the pages."""

    __tablename__ = "notices"
    __table_args__ = (Index("ix_notices_person", "person", "seen_at", "told_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(20))  #: mention, handed, reopened
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    task_id: Mapped[UUID | None] = mapped_column(ForeignKey("tasks.id"))
    text: Mapped[str] = mapped_column(String(300), default="")
    told_at: Mapped[datetime]
    told_by: Mapped[str] = mapped_column(String(60))
    seen_at: Mapped[datetime | None]


class ReadyText(Base):
    """A text that a person or a unit uses again and again (常用语)."""

    __tablename__ = "ready_texts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person: Mapped[str] = mapped_column(String(60), index=True)  #: who wrote it
    unit_code: Mapped[str | None] = mapped_column(String(40), index=True)  #: whose people may use it too
    title: Mapped[str] = mapped_column(String(60))
    text: Mapped[str] = mapped_column(Text)


class Preference(Base):
    """What a person has chosen for the pages."""

    __tablename__ = "preferences"

    person: Mapped[str] = mapped_column(String(60), primary_key=True)
    settings: Mapped[dict[str, Any]]


class Rating(Base):
    """What the reporter thinks of the answer, once a case."""

    __tablename__ = "ratings"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    score: Mapped[int]  #: 1 not satisfied, 2 somewhat, 3 satisfied
    comment: Mapped[str] = mapped_column(Text, default="")
    rated_at: Mapped[datetime]


class CaseLink(Base):
    """Two cases that belong together, the later one first."""

    __tablename__ = "case_links"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    other_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True, index=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)  #: see ``links``
    linked_at: Mapped[datetime]
    linked_by: Mapped[str] = mapped_column(String(60))


class Slip(Base):
    """A paper slip with a code: handed to the reporter where there is no network, entered later."""

    __tablename__ = "slips"

    code: Mapped[str] = mapped_column(String(20), primary_key=True)
    printed_at: Mapped[datetime]
    printed_by: Mapped[str] = mapped_column(String(60), index=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    visit_id: Mapped[UUID | None] = mapped_column(ForeignKey("visits.id"))  #: of a sheet for a whole visit
    written_at: Mapped[datetime | None]  #: as it stands on the paper
    entered_at: Mapped[datetime | None]


class Thumbnail(Base):
    """A photo made small for lists."""

    __tablename__ = "thumbnails"

    attachment_id: Mapped[UUID] = mapped_column(ForeignKey("attachments.id"), primary_key=True)
    content: Mapped[bytes]


class SessionDetail(Base):
    """Where a session is, so that its owner knows it again and can end it."""

    __tablename__ = "session_details"

    token: Mapped[str] = mapped_column(ForeignKey("sign_ins.token"), primary_key=True)
    agent: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(60), default="")
    is_shared: Mapped[bool] = mapped_column(default=False)  #: on a computer that several people use
