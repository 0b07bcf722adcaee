"""The hash chain of each case and stream: appending to it, and looking for broken links.

Not here: the tree over all chains and its signed checkpoints. Source: reliability rules of the house (a chain per
case, the head in the row of the case, which is locked already); RFC 8785 for the canonical form.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, cast
from uuid import UUID

import orjson
from sqlalchemy import Table, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from engine import locked
from engine.locked import LockedCase
from engine.models import ZERO, AuditEntry, Case, Stream
from engine.snapshots import Looking, once
from engine.statements import Holder, Statement

AUDITED = ("audit_seq", "audit_head", "audit_at")
_STREAMS = cast(Table, Stream.__table__)
NEW_STREAM = {
    name: dialect.insert(_STREAMS)
    .values(name=bindparam("stream"), audit_seq=0, audit_head=ZERO)
    .on_conflict_do_nothing()
    for name, dialect in (("sqlite", sqlite), ("postgresql", postgresql))
}
LOCK_STREAM = (
    select(Stream).where(Stream.name == bindparam("stream")).with_for_update().execution_options(populate_existing=True)
)
SAVE_STREAM = Statement(
    update(_STREAMS).where(_STREAMS.c.name == bindparam("owner")).values({name: bindparam(name) for name in AUDITED})
)
_ENTRIES = cast(Table, AuditEntry.__table__)
INSERT = Statement(insert(_ENTRIES).values({column.name: bindparam(column.name) for column in _ENTRIES.columns}))


class Chains(Holder, Protocol):
    """A transaction in which chains grow."""

    @property
    def session(self) -> Session: ...

    def flush(self) -> None: ...


#: name of the owner, number of its last entry, the hash of that, its moment
End = tuple[str, int, str, datetime | None]


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, before it has its place in a chain."""

    owner: LockedCase | str
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


def append(uow: Chains, events: Sequence[Event]) -> None:
    """Add each event to the end of its chain, in order.

    ``event.owner`` is a case, locked since the transaction began to judge it, or the name of a stream, which is
    locked now, last of all. An entry's moment is never before its predecessor's.
    """
    rows, owners, ends = [], dict[LockedCase | str, LockedCase | Stream](), dict[LockedCase | str, End]()
    for event in events:
        if event.owner not in owners:
            owners[event.owner] = _stream(uow.session, event.owner) if isinstance(event.owner, str) else event.owner
            ends[event.owner] = _end_of(owners[event.owner])
        name, seq, head, last = ends[event.owner]
        seq, at = seq + 1, max(event.at, last) if last else event.at
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
        digest = link(head, body)
        rows.append(
            {
                "owner": name,
                "seq": seq,
                "at": at,
                "actor": event.actor,
                "action": event.action,
                "body": body.decode(),
                "prev": head,
                "hash": digest,
            }
        )
        ends[event.owner] = (name, seq, digest, at)
    if rows:
        uow.flush()
        INSERT.run_many(uow, rows)
        for key, (_name, *end) in ends.items():
            _save(uow, owners[key], dict(zip(AUDITED, end, strict=True)))


def _end_of(owner: LockedCase | Stream) -> End:
    name = owner.name if isinstance(owner, Stream) else owner.id.hex
    return name, owner.audit_seq, owner.audit_head, owner.audit_at


def _save(uow: Chains, owner: LockedCase | Stream, end: dict[str, Any]) -> None:
    if isinstance(owner, Stream):
        SAVE_STREAM.run(uow, {"owner": owner.name, **end})
        for column, value in end.items():
            set_committed_value(owner, column, value)
        return
    owner.audit_seq, owner.audit_head, owner.audit_at = end["audit_seq"], end["audit_head"], end["audit_at"]
    locked.save(uow, owner)


def _stream(session: Session, name: str) -> Stream:
    """Return the stream, locked; the first entry of a stream makes its row, whoever is first."""
    connection = session.connection()
    connection.execute(NEW_STREAM[connection.dialect.name], {"stream": name})
    return session.scalars(LOCK_STREAM, {"stream": name}).one()


@once
def timeline(uow: Looking, case_id: UUID) -> Sequence[AuditEntry]:
    """Return the entries of the case, oldest first."""
    query = select(AuditEntry).where(AuditEntry.owner == case_id.hex).order_by(AuditEntry.seq)
    return tuple(uow.session.scalars(query))


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
