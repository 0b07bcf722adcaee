"""The table of enforcement outcomes (执法结果): what was ordered or imposed, on whom, and what became of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Float, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from engine.columns import Base
from engine.ids import new_id


class EnforcementOutcome(Base):
    """Something ordered or imposed in a case (责令、处罚 …), and its compliance check. Names stand here only."""

    __tablename__ = "enforcement_outcomes"
    __table_args__ = (
        Index("ix_enforcement_outcomes_item_code", "item_code", "noted_at"),
        Index("ix_enforcement_outcomes_unit_code", "unit_code", "check_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    unit_code: Mapped[str] = mapped_column(String(40))
    item_code: Mapped[str] = mapped_column(String(20))  #: of the case; with the place, by which it is found again
    grid_code: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(200))  #: as it is compared: see ``places.plain``
    latitude: Mapped[float | None] = mapped_column(Float)  #: degrees
    longitude: Mapped[float | None] = mapped_column(Float)
    kind: Mapped[str] = mapped_column(String(20))  #: one of the choices of the form
    weight: Mapped[int]  #: how heavy it is: see ``enforcement-limit.dmn``
    times: Mapped[int]  #: how often it had come with this one, at the place or of the party
    document: Mapped[str] = mapped_column(String(60))
    party: Mapped[str] = mapped_column(String(120))
    party_mark: Mapped[str] = mapped_column(String(60))  #: of a licence, an identity card or a plate
    party_key: Mapped[str] = mapped_column(String(120), index=True)  #: by which the party is found again
    fen: Mapped[int | None] = mapped_column(BigInteger)  #: what was fined: hundredths of a yuan
    remark: Mapped[str] = mapped_column(Text)
    noted_at: Mapped[datetime]
    noted_by: Mapped[str] = mapped_column(String(60))
    check_at: Mapped[datetime | None]  #: from when on it is checked; None: nothing is left to check
    check_case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    withdrawn_at: Mapped[datetime | None]
    complied: Mapped[bool | None]  #: None: not checked yet
    finding: Mapped[str] = mapped_column(Text)
    checked_at: Mapped[datetime | None]
    checked_by: Mapped[str | None] = mapped_column(String(60))
