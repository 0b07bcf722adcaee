"""The table of questions between units (单位间提问): who asked whom what in a case, by when, and what was answered."""

from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Table, Text, bindparam, select
from sqlalchemy.orm import Mapped, mapped_column

from engine.columns import Base
from engine.ids import new_id
from engine.statements import Statement


class Question(Base):
    """A question that one unit asks another inside a case."""

    __tablename__ = "questions"
    __table_args__ = (Index("ix_questions_asked_at", "asked_at", "unit_code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    unit_code: Mapped[str] = mapped_column(String(40))  #: that is asked
    asker_unit: Mapped[str | None] = mapped_column(String(40))
    asked_by: Mapped[str] = mapped_column(String(60))
    asked_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)
    value: Mapped[str] = mapped_column(String(20))  #: of the limit, decimal
    unit: Mapped[str] = mapped_column(String(20))  #: of the limit
    calendar: Mapped[str] = mapped_column(String(40))
    calendar_version: Mapped[int]
    since_at: Mapped[datetime]  #: the limit runs from then: when it was asked, or when its case was parted again
    due_at: Mapped[datetime]
    late_at: Mapped[datetime | None]  #: it was neither answered nor withdrawn by then
    explanation: Mapped[str | None] = mapped_column(Text)  #: of the head of the asked unit: why it was late
    explained_at: Mapped[datetime | None]
    explained_by: Mapped[str | None] = mapped_column(String(60))
    answer: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None] = mapped_column(String(60))
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[str | None] = mapped_column(String(60))
    ended_at: Mapped[datetime | None]  #: it was answered or withdrawn, or its case was closed before

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


_ROWS = cast(Table, Question.__table__)
#: the ids of the open questions of a case, in order: looked for whenever a case closes or its clock turns
OPEN = Statement(
    select(_ROWS.c.id)
    .where(_ROWS.c.case_id == bindparam("case"), _ROWS.c.ended_at.is_(None))
    .order_by(_ROWS.c.asked_at, _ROWS.c.id)
)
