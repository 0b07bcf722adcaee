"""The table of the community admission list (社区准入清单): its versions."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.columns import Base


class AdmissionList(Base):
    """A version of what communities may be asked for; the highest is in force."""

    __tablename__ = "admission_lists"

    version: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(Text)  #: CSV text
    reason: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime]
    published_by: Mapped[str] = mapped_column(String(60))
