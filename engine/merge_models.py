"""The table of merges (并案): which report is the same matter as which case."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.columns import Base
from engine.ids import new_id


class Merge(Base):
    """A case was merged into another; undone, the row stays. A case is merged into one other at most."""

    __tablename__ = "merges"
    __table_args__ = (
        Index(
            "uq_merges_case_id_now",
            "case_id",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    into_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)  #: what it was merged into, then
    why: Mapped[str] = mapped_column(Text)
    merged_at: Mapped[datetime]
    merged_by: Mapped[str] = mapped_column(String(60))
    kept: Mapped[dict[str, Any]]  #: the case as it was, see ``engine.shelf``; empty once it is back
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(60))
    undone_why: Mapped[str] = mapped_column(Text, default="")
