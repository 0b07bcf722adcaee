"""The hash chain of each case and stream: appending to it, and looking for broken links.

Not here: the tree over all chains and its signed checkpoints. Source: reliability rules of the house (a chain per
case, the head in the row of the case, which is locked already); RFC 8785 for the canonical form.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import orjson
from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from engine.errors import ConflictError
from engine.models import ZERO, AuditEntry, Case, Stream

AUDITED = ("audit_seq", "audit_head", "audit_at")
#: the columns of a case that a move changes
MOVED = ("state", "summary", "unit_code", "closed_at", *AUDITED)
_CASES, _STREAMS = cast(Table, Case.__table__), cast(Table, Stream.__table__)
SAVE_CASE = (
    update(_CASES)
    .where(_CASES.c.id == bindparam("owner"), _CASES.c.revision == bindparam("seen"))
    .values({name: bindparam(name) for name in (*MOVED, "revision")})
)
NEW_STREAM = {
    name: dialect.insert(_STREAMS)
    .values(name=bindparam("stream"), audit_seq=0, audit_head=ZERO)
    .on_conflict_do_nothing()
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}
LOCK_STREAM = (
    select(Stream).where(Stream.name == bindparam("stream")).with_for_update().execution_options(populate_existing=True)
)
SAVE_STREAM = (
    update(_STREAMS).where(_STREAMS.c.name == bindparam("owner")).values({name: bindparam(name) for name in AUDITED})
)
INSERT = insert(cast(Table, AuditEntry.__table__))


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, before it has its place in a chain."""

    owner: Case | str
    at: datetime
    actor: str
    action: str
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BrokenLink:
    """A place at which a chain does not hold."""

    owner: str
    seq: int
    reason: str


def canonical(value: Any) -> bytes:
    """Return JSON with sorted keys and no blanks, as RFC 8785 asks for values without floats beyond doubles."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def link(prev: str, body: bytes) -> str:
    """Return the hash of an entry: SHA-256 over the previous hash and the body, in hex."""
    return hashlib.sha256(prev.encode() + b"\n" + body).hexdigest()


def append(session: Session, events: Sequence[Event]) -> None:
    """Add each event to the end of its chain, in order.

    ``event.owner`` is a case, locked since the transaction began to judge it, or the name of a stream, which is
    locked now, last of all. An entry's moment is never before its predecessor's.
    """
    rows, owners = [], dict[Case | str, Case | Stream]()
    if any(isinstance(event.owner, Case) and event.owner.id is None for event in events):
        session.flush()  # a case that was made in this transaction gets its id
    for event in events:
        if event.owner not in owners:
            owners[event.owner] = event.owner if isinstance(event.owner, Case) else _stream(session, event.owner)
        owner = owners[event.owner]
        name = owner.id.hex if isinstance(owner, Case) else owner.name
        seq = owner.audit_seq + 1
        at = max(event.at, owner.audit_at) if owner.audit_at else event.at
        body = canonical(
            {
                "owner": name,
                "seq": seq,
                "at": at.isoformat(),
                "actor": event.actor,
                "action": event.action,
                "details": event.details,
            }
        )
        digest = link(owner.audit_head, body)
        rows.append(
            {
                "owner": name,
                "seq": seq,
                "at": at,
                "actor": event.actor,
                "action": event.action,
                "body": body.decode(),
                "prev": owner.audit_head,
                "hash": digest,
            }
        )
        for column, value in (("audit_seq", seq), ("audit_head", digest), ("audit_at", at)):
            keep_value(owner, column, value)
    if rows:
        _save_owners(session, owners.values())
        session.connection().execute(INSERT, rows)


def keep_value(row: Case | Stream, column: str, value: Any) -> None:
    """Set a column whose writing ``append`` takes care of, so that the session does not write it once more."""
    set_committed_value(row, column, value)


def _save_owners(session: Session, owners: Iterable[Case | Stream]) -> None:
    """Write the rows of the cases and streams whose chains have grown, with one plain statement each.

    The session's own way to write a row costs several times the statement. Raises ConflictError if a case was changed
    by someone else since it was read.
    """
    session.flush()
    for owner in owners:
        if isinstance(owner, Stream):
            values = {name: getattr(owner, name) for name in AUDITED}
            session.connection().execute(SAVE_STREAM, {"owner": owner.name, **values})
            continue
        values = {name: getattr(owner, name) for name in MOVED}
        seen = owner.revision
        found = session.connection().execute(
            SAVE_CASE, {"owner": owner.id, "seen": seen, "revision": seen + 1, **values}
        )
        if found.rowcount != 1:
            raise ConflictError(f"case {owner.number} was changed by someone else meanwhile")
        keep_value(owner, "revision", seen + 1)


def _stream(session: Session, name: str) -> Stream:
    """Return the stream, locked; the first entry of a stream makes its row, whoever is first."""
    connection = session.connection()
    connection.execute(NEW_STREAM[connection.dialect.name], {"stream": name})
    return session.scalars(LOCK_STREAM, {"stream": name}).one()


def timeline(session: Session, case_id: UUID) -> list[AuditEntry]:
    """Return the entries of the case, oldest first."""
    query = select(AuditEntry).where(AuditEntry.owner == case_id.hex).order_by(AuditEntry.seq)
    return list(session.scalars(query))


def broken_links(session: Session) -> Iterator[BrokenLink]:
    """Yield every place at which a chain does not hold: a changed byte, a gap, a head that differs.

    Reads all entries once, in the order of their key.
    """
    heads = {
        case_id.hex: (seq, head)
        for case_id, seq, head in session.execute(select(Case.id, Case.audit_seq, Case.audit_head))
    }
    heads.update(
        {n: (seq, head) for n, seq, head in session.execute(select(Stream.name, Stream.audit_seq, Stream.audit_head))}
    )
    ends: dict[str, tuple[int, str]] = {}
    columns = (
        AuditEntry.owner,
        AuditEntry.seq,
        AuditEntry.body,
        AuditEntry.prev,
        AuditEntry.hash,
        AuditEntry.action,
        AuditEntry.actor,
    )
    query = select(*columns).order_by(AuditEntry.owner, AuditEntry.seq).execution_options(yield_per=5000)
    yield from _judged(session.execute(query), ends)
    for owner, (seq, head) in heads.items():
        end = ends.get(owner, (0, ZERO))
        if end != (seq, head):
            yield BrokenLink(owner, end[0], f"the chain ends at entry {end[0]}; its row says {seq}, or another hash")
    for owner in ends.keys() - heads.keys():
        yield BrokenLink(owner, 1, "entries without a case or stream")


def _judged(rows: Iterable[Any], ends: dict[str, tuple[int, str]]) -> Iterator[BrokenLink]:
    for owner, seq, body, prev, digest, action, actor in rows:
        last_seq, last_hash = ends.get(owner, (0, ZERO))
        reason = None
        if seq != last_seq + 1:
            reason = f"entry {last_seq + 1} is missing"
        elif prev != last_hash:
            reason = "the previous hash is not that of the entry before"
        elif link(prev, body.encode()) != digest:
            reason = "the hash does not fit the body"
        else:
            fields = orjson.loads(body)
            if (fields["owner"], fields["seq"], fields["action"], fields["actor"]) != (owner, seq, action, actor):
                reason = "a column differs from the body"
        if reason:
            yield BrokenLink(owner, seq, reason)
        ends[owner] = (seq, digest)
