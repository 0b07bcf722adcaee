"""The index of the words of cases: two neighbouring Chinese characters, whole Latin words and numbers, first letters.

A row of ``case_words`` has the terms of a case; PostgreSQL indexes them as a tsvector (GIN), SQLite by FTS5 in a table
``case_terms`` that triggers keep in line. What is found by terms is compared with the words themselves afterwards
(``search``), so terms may promise too much but never too little. Newest first is highest ``serial`` first.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, Table, Uuid, any_, bindparam, column, func, insert, literal, select, table, true
from sqlalchemy import cast as to
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY

from engine.initials import HAN
from engine.models import Case
from engine.search_models import CaseWords
from engine.statements import Statement
from engine.uow import UnitOfWork

RUN = re.compile(rf"({HAN.pattern})|((?:(?!{HAN.pattern})[^\W_])+)")
LONGEST = 8  #: letters and digits behind these are compared, not indexed
MOST = 1000  #: so many of the newest that have the terms are looked at
#: PostgreSQL calls words common that ``COMMON`` of the newest ``SAMPLE`` cases have; then it reads the newest ``DEEP``
SAMPLE, COMMON, DEEP = 2_000, 40, 20_000
_TABLE = cast(Table, CaseWords.__table__)
ADD = Statement(insert(_TABLE).values(case_id=bindparam("case_id"), terms=bindparam("terms")))
_TERMS = table("case_terms", column("rowid"), column("case_terms"))


def terms(words: str, letters: str = "") -> str:
    """Return the terms of the words, and of the first letters of Chinese words (``initials``), with blanks between."""
    found: dict[str, None] = {}
    for han, plain in RUN.findall(words.lower()):
        if plain:
            found[plain[:LONGEST]] = None
        for start in range(max(1, len(han) - 1) if han else 0):
            found[han[start : start + 2]] = None
    for run in letters.split():
        for start in range(len(run) - 1):
            found[run[start : start + LONGEST]] = None
    return " ".join(found)


def asked(word: str) -> list[tuple[str, bool]]:
    """Return the terms that a case with the word has, and whether each is only the beginning of one; none for what is
    too short to be looked up."""
    found: list[tuple[str, bool]] = []
    for han, plain in RUN.findall(word.lower()):
        found += [(han[start : start + 2], False) for start in range(len(han) - 1)]
        if len(plain) > 1:
            found.append((plain[:LONGEST], True))
    return found


def note(uow: UnitOfWork, case_id: UUID, number: str, words: str, letters: str) -> None:
    """Index a new case, by the last part of its number too, with and without the noughts before it."""
    last = number.rpartition("-")[2]
    ADD.run(uow, {"case_id": case_id, "terms": terms(f"{words} {last} {last.lstrip('0')}", letters)})


@dataclass(frozen=True, slots=True)
class Hits:
    """Cases that may have the words: the query, by what they are the newest first, and whether older ones that have
    them too were left out."""

    query: Select[Any]
    order: tuple[Any, ...]
    is_cut: bool


def hits(uow: UnitOfWork, query: Select[Any], wanted: Iterable[str], *, all_of_them: bool = False) -> Hits | None:
    """Return the query of cases, narrowed to the newest ``MOST`` that may have all the words; None if no word is long
    enough to be looked up, or if all are wanted and it is plain that these are too many."""
    parts = [part for word in wanted for part in asked(word)]
    if not parts:
        return None
    if uow.connection().dialect.name == "sqlite":
        return _by_fts(uow, query, " AND ".join(f'"{term}"{" *" if begins else ""}' for term, begins in parts))
    return _by_gin(uow, query, all_of_them, " & ".join(f"'{term}'{':*' if begins else ''}" for term, begins in parts))


def _by_fts(uow: UnitOfWork, query: Select[Any], text: str) -> Hits:
    """FTS5 gives rows in the order of their numbers, one by one: all that is needed is where to stop."""
    order = _TERMS.c.rowid.desc()
    has = _TERMS.c.case_terms.op("MATCH")(text)
    last = uow.session.scalar(select(_TERMS.c.rowid).where(has).order_by(order).limit(1).offset(MOST)) or 0
    query = query.join(CaseWords, CaseWords.case_id == Case.id).join(_TERMS, _TERMS.c.rowid == CaseWords.serial)
    return Hits(query.where(has, _TERMS.c.rowid > last), (order,), last > 0)


def _by_gin(uow: UnitOfWork, query: Select[Any], all_of_them: bool, text: str) -> Hits | None:
    """GIN knows no order and would collect every hit of a common word. So some of the newest cases are looked at first:
    if many of them have the words, the newest are gone through one by one. What is found is named by its ids, so that
    no plan reads the cases from their beginning."""
    has = CaseWords.terms.op("@@")(to(literal(text), TSQUERY))
    gone_through = has.is_(true())  # said so that no index serves it
    newest = uow.session.scalar(select(func.max(CaseWords.serial))) or 0
    sample = select(CaseWords.serial).where(CaseWords.serial > newest - SAMPLE, gone_through).limit(COMMON)
    is_common = uow.session.scalar(select(func.count()).select_from(sample.subquery())) == COMMON
    if all_of_them and is_common and newest > DEEP:
        return None
    found = select(CaseWords.case_id)
    found = found.where(CaseWords.serial > newest - DEEP, gone_through) if is_common else found.where(has)
    ids = list(uow.session.scalars(found.order_by(CaseWords.serial.desc()).limit(MOST + 1)))
    is_cut = len(ids) > MOST or (is_common and newest > DEEP)
    named = Case.id == any_(literal(ids[:MOST], ARRAY(Uuid)))
    return Hits(query.where(named), (Case.opened_at.desc(), Case.number.desc()), is_cut)
