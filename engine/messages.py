"""Messages and signals between cases. A message is delivered to exactly one receiver, a signal to all that wait.

What no case waits for may start one. Each delivery is a transaction of its own.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from engine import cases, deployments, execution
from engine.models import Message, StartEvent, Subscription
from engine.uow import CLOCK, Database, UnitOfWork


def publish(uow: UnitOfWork, name: str, keys: list[Any], payload: dict[str, Any], kind: str = "message") -> Message:
    """Put a message or signal from outside on its way; a message waits for its receiver until it expires."""
    message = Message(
        kind=kind,
        name=name,
        keys=execution.keys_text(keys),
        payload=payload,
        created_at=uow.now,
        expires_at=uow.now + execution.MESSAGE_LIFE,
    )
    uow.session.add(message)
    uow.record(f"{kind}.published", "messages", name=name, keys=keys)
    return message


def deliver_waiting(database: Database) -> int:
    """Deliver every message that has exactly one receiver, one transaction each; return how many were delivered.

    A message that nobody waits for stays until it expires; one that fits several receivers is refused, since the wrong
    department would be worse than none.
    """
    delivered = 0
    tried: set[UUID] = set()
    while waiting := [each for each in _waiting(database) if each not in tried]:
        for message_id in waiting:
            tried.add(message_id)
            with database.transaction(CLOCK) as uow:
                message = uow.session.get_one(Message, message_id, with_for_update=True)
                if message.delivered_at is None:
                    delivered += DELIVER[message.kind](uow, message)
    return delivered


def _waiting(database: Database) -> list[UUID]:
    with database.reading(CLOCK) as uow:
        query = select(Message.id).where(Message.delivered_at.is_(None)).order_by(Message.created_at, Message.id)
        return list(uow.session.scalars(query))


def _deliver_message(uow: UnitOfWork, message: Message) -> bool:
    """Hand the message to its receiver; say whether it was received."""
    found = uow.session.execute(
        select(Subscription.case_id, Subscription.token)
        .where(Subscription.kind == "message", Subscription.name == message.name, Subscription.keys == message.keys)
        .limit(2)
    ).all()
    if len(found) == 1:
        return _hand_over(uow, message, *found[0])
    if not found and _start(uow, message):
        return True
    if found:
        message.delivered_at, message.outcome = uow.now, "refused: several cases wait for it"
    elif message.expires_at <= uow.now:
        message.delivered_at, message.outcome = uow.now, "unclaimed: nobody waited for it"
    return False


def _hand_over(uow: UnitOfWork, message: Message, case_id: UUID, token: str) -> bool:
    """Deliver to the token if it still waits; say whether it did."""
    case = execution.locked_case(uow, case_id)
    if uow.session.get(Subscription, (case_id, token), populate_existing=True) is None:
        return False
    message.delivered_at, message.outcome = uow.now, f"received by {case.number}"
    execution.advance(uow, case, lambda machine: machine.deliver(token, message.payload))
    return True


def _deliver_signal(uow: UnitOfWork, message: Message) -> bool:
    """Write one delivery for each other case that waits for the signal and for each process that it starts; or do one.

    A signal is not kept for later: who waits for it from now on does not hear it.
    """
    if message.place is not None:
        return _deliver_one(uow, message)
    waiting = select(Subscription.case_id, Subscription.token).where(
        Subscription.kind == "signal", Subscription.name == message.name
    )
    if message.sender_case_id is not None:  # it has heard it already, in the move that threw it
        waiting = waiting.where(Subscription.case_id != message.sender_case_id)
    starts = select(StartEvent).where(StartEvent.kind == "signal", StartEvent.name == message.name)
    places: list[tuple[UUID | None, str]] = [(case_id, token) for case_id, token in uow.session.execute(waiting)]
    places += [(None, f"{each.key} {each.activity_id}") for each in uow.session.scalars(starts)]
    for case_id, place in places:
        copied = {name: getattr(message, name) for name in ("kind", "name", "keys", "payload", "sender_case_id")}
        dates = {"created_at": uow.now, "expires_at": message.expires_at}
        uow.session.add(Message(to_case_id=case_id, place=place, **copied, **dates))
    message.delivered_at, message.outcome = uow.now, f"sent to {len(places)}"
    return False


def _deliver_one(uow: UnitOfWork, message: Message) -> bool:
    place = message.place or ""
    if message.to_case_id is None:
        key, activity = place.split(" ", 1)
        _open(uow, message, key, activity)
        return True
    if _hand_over(uow, message, message.to_case_id, place):
        return True
    message.delivered_at, message.outcome = uow.now, "it waits no longer"
    return False


DELIVER: dict[str, Callable[[UnitOfWork, Message], bool]] = {"message": _deliver_message, "signal": _deliver_signal}


def _start(uow: UnitOfWork, message: Message) -> bool:
    """Open a case of the one process that the message starts; say whether there was one."""
    query = select(StartEvent).where(StartEvent.kind == "message", StartEvent.name == message.name).limit(2)
    starts = uow.session.scalars(query).all()
    if len(starts) != 1:
        return False
    _open(uow, message, starts[0].key, starts[0].activity_id)
    return True


def _open(uow: UnitOfWork, message: Message, key: str, activity: str) -> None:
    definition = deployments.current(uow, key)
    case = cases.open_case(uow, key, {}, definition.name, at=activity, payload=message.payload)
    message.delivered_at, message.outcome = uow.now, f"started {case.number}"
