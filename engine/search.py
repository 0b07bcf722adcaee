"""Finding cases: by words of number, title and place, by tracking code, and by what narrows a list. With facets.

Words are looked for as they stand, so that two Chinese characters are enough; so are their first letters in
pinyin. Not here: how lists look.
"""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, literal_column, select, union

from engine import access, lists, stages, words
from engine.desk_models import CaseSubject, Slip
from engine.models import Assessment, Case, CaseReader, Task, TaskState
from engine.precedent_models import Transfer
from engine.uow import UnitOfWork

WORDS = 5
PERIOD = timedelta(days=30)
CODE = 8  #: shorter words are no tracking codes
ITEM = 6  #: length of a code in the catalogue
FACETED = 300  #: facets are counted over so many of the newest
OPEN = 500  #: so many open cases with some words are named by their ids
FEW = 2000  #: who may see fewer cases has all of them looked through
NUMBER = re.compile(r"\d{4}-\d{1,9}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of cases is narrowed to.

    ``state``: open, closed or all; ``unit``: its code, or ``-`` for those without one; ``is_late``: past the deadline
    and open; ``item``: a code of the catalogue or the beginning of one; ``place``: a grid by code, or a community;
    ``step``: an activity at which the case waits now; ``did``: one that somebody completed for it since ``did_since``;
    ``sent_back_by``: a unit that sent it back since ``did_since``, with ``is_shirked`` into adjudication;
    ``missed``: a stage whose own limit was missed in the last 30 days;
    ``ended_as``: how it was counted when it closed; ``counted``: a number of ``lists`` that counts it, of the unit
    ``counted_of``.
    """

    text: str = ""
    state: str = "open"
    unit: str = ""
    is_late: bool = False
    opened_since: datetime | None = None
    closed_since: datetime | None = None
    item: str = ""
    place: str = ""
    opened_before: datetime | None = None
    closed_before: datetime | None = None
    is_in_time: bool = False  #: closed, and before its deadline
    step: str = ""
    did: str = ""
    did_since: datetime | None = None
    sent_back_by: str = ""
    is_shirked: bool = False
    missed: str = ""
    ended_as: str = ""
    counted: str = ""
    counted_of: str = ""


def matching(uow: UnitOfWork, wanted: Wanted) -> Select[Any]:
    """Return the query of the cases that are wanted and that the actor may see, but for the words."""
    query = select(Case).where(access.visible_cases(uow.actor))
    if not wanted.text:  # a merged report is found by its number, its words, or through the case that it belongs to
        query = query.where(access.counted_cases())
    if wanted.state in ("open", "closed"):
        query = query.where(Case.closed_at.is_(None) if wanted.state == "open" else Case.closed_at.is_not(None))
    if wanted.unit:
        query = query.where(Case.unit_code.is_(None) if wanted.unit == "-" else Case.unit_code == wanted.unit)
    if wanted.is_late:
        query = query.where(Case.closed_at.is_(None), Case.due_at < uow.now)
    query = _between(query, wanted)
    if wanted.is_in_time:
        query = query.where(Case.closed_at.is_not(None), Case.due_at.is_(None) | (Case.closed_at <= Case.due_at))
    if wanted.ended_as:
        counted = exists().where(Assessment.case_id == Case.id, Assessment.ended_as == wanted.ended_as)
        query = query.where(Case.closed_at.is_not(None), counted.correlate(Case))
    counted_by = lists.holds(wanted.counted, wanted.counted_of, uow.now)
    if counted_by is not None:
        query = query.where(counted_by)
    query = _at_step(uow, query, wanted)
    about = _about(wanted)
    return query.where(exists().where(CaseSubject.case_id == Case.id, *about).correlate(Case)) if about else query


def _about(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Return the conditions on what a case is about and where."""
    found: list[ColumnElement[bool]] = []
    if wanted.item:
        is_whole = len(wanted.item) >= ITEM
        item = CaseSubject.item_code
        found.append(item == wanted.item if is_whole else item.startswith(wanted.item, autoescape=True))
    if wanted.place:
        place = CaseSubject.grid_code if wanted.place.isdigit() else CaseSubject.community
        found.append(place == wanted.place)
    return found


def _at_step(uow: UnitOfWork, query: Select[Any], wanted: Wanted) -> Select[Any]:
    """Return the query of those that wait at the wanted step, for which it was done, or that a unit sent back."""
    if wanted.step:
        waits = (Task.activity_id == wanted.step, Task.state.in_((TaskState.OPEN, TaskState.PAUSED)))
        query = query.where(exists().where(Task.case_id == Case.id, *waits))
    if wanted.did:
        done = exists().where(Task.case_id == Case.id, Task.activity_id == wanted.did, Task.state == "completed")
        if wanted.did_since is not None:
            done = done.where(Task.completed_at >= wanted.did_since)
        query = query.where(done)
    if wanted.missed:
        query = query.where(stages.missed(wanted.missed, uow.now))
    if wanted.sent_back_by:
        query = query.where(Case.id.in_(_sent_back(wanted)))
    return query


def _sent_back(wanted: Wanted) -> Select[Any]:
    """Return the query of the ids of cases that the unit sent back."""
    query = select(Transfer.case_id).where(Transfer.from_unit == wanted.sent_back_by, Transfer.counts)
    if wanted.is_shirked:
        query = query.where(Transfer.refused)
    return query if wanted.did_since is None else query.where(Transfer.returned_at >= wanted.did_since)


def _between(query: Select[Any], wanted: Wanted) -> Select[Any]:
    """Return the query of those that were opened and closed when it is wanted."""
    for column, since, before in (
        (Case.opened_at, wanted.opened_since, wanted.opened_before),
        (Case.closed_at, wanted.closed_since, wanted.closed_before),
    ):
        if since is not None:
            query = query.where(column >= since)
        if before is not None:
            query = query.where(column < before)
    return query


def _has(word: str) -> ColumnElement[bool]:
    is_cased = word.lower() != word.upper()  # Chinese has no capitals, and comparing without them takes much longer
    search = Case.search.icontains if is_cased else Case.search.contains
    return search(word, autoescape=True) | Case.number.contains(word, autoescape=True)


def _named(uow: UnitOfWork, word: str) -> ColumnElement[bool] | None:
    """Return the condition on cases of which the word is the number, how that begins, or a code; None if it is none."""
    named: ColumnElement[bool] | None = None
    if NUMBER.fullmatch(word):
        year, last = word.split("-")
        named = Case.number.between(f"{year}-{last:0<6}", f"{year}-{last:9<6}")
    elif len(word) >= CODE:
        slip = select(Slip.case_id).where(Slip.code == word.upper().replace("-", ""))
        ids = uow.session.scalars(select(Case.id).where(Case.token == word).union(slip)).all()
        named = Case.id.in_(ids) if ids else None
    if named is None or uow.session.scalar(select(Case.id).where(named).limit(1)) is None:
        return None
    return named


def _readable(uow: UnitOfWork) -> ColumnElement[bool] | None:
    """Return the condition on all that the actor may see, as ids; None if that is too much to be collected."""
    if access.can(uow.actor, "case.read"):
        return None
    offered = select(CaseReader.case_id).where(CaseReader.group_key.in_(sorted(uow.actor.groups))).limit(FEW)
    by_people = Case.opened_by != literal_column("'public'")  # as its partial index says
    opened = select(Case.id).where(Case.opened_by == uow.actor.name, by_people).limit(FEW)
    both = union(*(select(each.subquery()) for each in (offered, opened)))
    count = uow.session.scalar(select(func.count()).select_from(both.subquery())) or 0
    return Case.id.in_(both) if count < FEW else None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of cases, newest first, how many of the newest belong where, and by what the search was bounded:
    ``common`` (only the newest cases with the words), ``short`` (only the newest cases, since words of one character
    are not indexed), ``words`` (only the first ones), ``facets`` (counted over the newest)."""

    cases: list[Case]
    facets: dict[str, list[tuple[str, int]]]
    bounds: frozenset[str]


def _named_words(uow: UnitOfWork, said: list[str]) -> tuple[list[ColumnElement[bool]], list[str]]:
    """Return the conditions of the words that are numbers or codes, and the other words."""
    named = {word: named for word in said if (named := _named(uow, word)) is not None}
    return list(named.values()), [word for word in said if word not in named]


def _newest(uow: UnitOfWork, wanted: Wanted, most: int) -> tuple[Select[Any], frozenset[str]]:
    """Return the query of what is wanted, newest first, beginning with what is the smallest: a number, all that the
    actor may see, cases with the words, cases about the item or at the place; else the newest cases. And by what it is
    bounded. ``most``: so many will be read of it."""
    query, said = matching(uow, wanted), wanted.text.split()
    bounds, said = frozenset({"words"} if len(said) > WORDS else ()), said[:WORDS]
    named, other = _named_words(uow, said)
    query = query.where(*named, *(_has(word) for word in other))
    if named:
        return query.order_by(Case.number.desc()), bounds
    is_near = bool(wanted.place) or len(wanted.item) >= ITEM
    if not other and not is_near and wanted.state != "open" and not access.can(uow.actor, "case.read"):
        return _read_by(uow, query, most), bounds
    by_age = (Case.opened_at.desc(), Case.id.desc())
    if (mine := _readable(uow)) is not None:
        return query.where(mine).order_by(*by_age), bounds
    if (found := words.hits(uow, query, other)) is not None:
        return found.query.order_by(*found.order), bounds | ({"common"} if found.is_cut else set())
    if other and (oldest := _oldest(uow)) is not None:  # a single character: every case has to be read
        query, bounds = query.where(Case.opened_at >= oldest), bounds | {"short"}
    if is_near:
        query = query.join(CaseSubject, CaseSubject.case_id == Case.id).where(*_about(wanted))
        return query.order_by(CaseSubject.opened_at.desc(), CaseSubject.case_id.desc()), bounds
    return query.order_by(*by_age), bounds


def _read_by(uow: UnitOfWork, query: Select[Any], most: int) -> Select[Any]:
    """Return the first so many of the query out of what each of the actor's groups may read, newest first.

    Ids are in the order of time, so each group's key has its cases in that order: cases of others are never looked at.
    """
    ids = query.with_only_columns(Case.id)
    offered = [
        ids.join(CaseReader, CaseReader.case_id == Case.id)
        .where(CaseReader.group_key == group)
        .order_by(CaseReader.case_id.desc())
        for group in sorted(uow.actor.groups)
    ]
    by_people = Case.opened_by != literal_column("'public'")  # as its partial index says
    opened = ids.where(Case.opened_by == uow.actor.name, by_people).order_by(Case.id.desc())
    first = (select(each.limit(most).subquery()) for each in (*offered, opened))
    return select(Case).where(Case.id.in_(union(*first))).order_by(Case.opened_at.desc(), Case.id.desc())


def _oldest(uow: UnitOfWork) -> datetime | None:
    """Return when the last case was opened that is read for words that are not indexed; None if all cases are."""
    query = select(Case.opened_at).order_by(Case.opened_at.desc()).limit(1).offset(words.DEEP)
    return uow.session.scalar(query)


def open_with(uow: UnitOfWork, text: str) -> list[UUID] | None:
    """Return the open cases that have the words, whoever may see them; None if these are many or cannot be looked up:
    then whoever asks goes through what there is in its own order."""
    named, other = _named_words(uow, text.split()[:WORDS])
    query = select(Case).where(Case.closed_at.is_(None), *named, *(_has(word) for word in other))
    if not named:
        found = words.hits(uow, query, other, all_of_them=True)
        if found is None or found.is_cut:
            return None
        query = found.query
    ids = list(uow.session.scalars(query.with_only_columns(Case.id).limit(OPEN + 1)))
    return ids if len(ids) <= OPEN else None


def find(uow: UnitOfWork, wanted: Wanted, *, limit: int = 50, offset: int = 0) -> list[Case]:
    """Return the cases that are wanted and that the actor may see, newest first; see ``look``."""
    query, _bounds = _newest(uow, wanted, limit + offset)
    return _read(uow, list(uow.session.scalars(query.with_only_columns(Case.id).limit(limit).offset(offset))))


def look(uow: UnitOfWork, wanted: Wanted, *, limit: int = 50, offset: int = 0) -> Found:
    """Return a page of the cases that are wanted and that the actor may see, newest first, with facets.

    Of words that very many cases have, the newest ``words.MOST`` are looked through; ``bounds`` says so.
    """
    most = max(offset + limit, FACETED + 1)
    query, bounds = _newest(uow, wanted, most)
    some = query.with_only_columns(Case.id, Case.unit_code).limit(most)
    rows = [(case_id, unit) for case_id, unit in uow.session.execute(some)]
    if len(rows) > FACETED:
        bounds |= {"facets"}
    found = _read(uow, [case_id for case_id, _unit in rows[offset : offset + limit]])
    return Found(found, _facets(uow, rows[:FACETED]), bounds)


def _read(uow: UnitOfWork, ids: list[UUID]) -> list[Case]:
    rows = {case.id: case for case in uow.session.scalars(select(Case).where(Case.id.in_(ids)))}
    return [rows[case_id] for case_id in ids]


def _facets(uow: UnitOfWork, found: list[tuple[UUID, str | None]]) -> dict[str, list[tuple[str, int]]]:
    """Return how many of those belong to each unit, class of items and community, the most first."""
    query = select(CaseSubject.item_code, CaseSubject.community)
    about = uow.session.execute(query.where(CaseSubject.case_id.in_([case_id for case_id, _unit in found]))).all()
    counted = {
        "unit": Counter(unit or "-" for _case_id, unit in found),
        "item": Counter(item[:2] for item, _community in about),
        "place": Counter(community for _item, community in about),
    }
    by_count = {name: sorted(count.items(), key=lambda one: (-one[1], one[0])) for name, count in counted.items()}
    return by_count
