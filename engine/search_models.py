"""The table by which cases are found by words. Not here: what is looked for (``search``) and the terms (``words``)."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Dialect, ForeignKey, Index, Integer, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from engine.columns import Base

#: counts up as cases are opened; SQLite counts in INTEGER only
SERIAL = BigInteger().with_variant(Integer(), "sqlite")


class Terms(TypeDecorator[str]):
    """Words with blanks between: a tsvector on PostgreSQL, text on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else TSVECTOR())


class CaseWords(Base):
    """The terms of a case. On SQLite triggers keep the FTS5 table ``case_terms`` in line with it."""

    __tablename__ = "case_words"
    __table_args__ = (Index("ix_case_words_terms", "terms", postgresql_using="gin").ddl_if(dialect="postgresql"),)

    serial: Mapped[int] = mapped_column(SERIAL, primary_key=True, autoincrement=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), unique=True)
    terms: Mapped[str] = mapped_column(Terms)
