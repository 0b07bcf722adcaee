"""The tables of mediation (矛盾调解): the parties of a dispute, what each consents to, and what they agreed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.columns import Base
from engine.ids import new_id


class Party(Base):
    """A party of a dispute, and whether it consents to mediation by a third party. Names stand here only."""

    __tablename__ = "parties"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    place: Mapped[int]  #: 1, 2 …: how the chain names the party
    side: Mapped[str] = mapped_column(String(20))  #: applicant, respondent or other
    name: Mapped[str] = mapped_column(String(60))
    contact: Mapped[str] = mapped_column(String(200))
    added_at: Mapped[datetime]
    added_by: Mapped[str] = mapped_column(String(60))
    consents: Mapped[bool | None]  #: None: was not asked yet
    consent_to: Mapped[str | None] = mapped_column(String(60))  #: user name of the third party
    consent_how: Mapped[str | None] = mapped_column(String(20))  #: signed, spoken or online
    consented_at: Mapped[datetime | None]
    consented_by: Mapped[str | None] = mapped_column(String(60))  #: who wrote it down


class Agreement(Base):
    """What the parties agreed (调解协议), and what the return visit found."""

    __tablename__ = "agreements"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    body: Mapped[str | None] = mapped_column(String(40))  #: code of the unit that mediated
    text: Mapped[str] = mapped_column(Text)
    agreed_at: Mapped[datetime]
    agreed_by: Mapped[str] = mapped_column(String(60))
    visit_at: Mapped[datetime]
    visit_case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    kept: Mapped[bool | None]  #: None: not visited yet
    comment: Mapped[str] = mapped_column(Text, default="")
    visited_at: Mapped[datetime | None]
    visited_by: Mapped[str | None] = mapped_column(String(60))
