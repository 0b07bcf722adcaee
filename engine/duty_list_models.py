"""The table of the list of duties (权责清单): its versions."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.columns import Base


class DutyList(Base):
    """A version of the list of duties; the highest is current, a case keeps the one it was dispatched by."""

    __tablename__ = "duty_lists"

    version: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(Text)  #: CSV text
    reason: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(String(60))
