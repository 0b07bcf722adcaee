"""Messages between cases: publishing, and delivering each to exactly one receiver. A message that no case waits for
may start one."""

from typing import Any

from sqlalchemy import select

from engine import cases, deployments, execution
from engine.models import Message, StartEvent, Subscription
from engine.uow import CLOCK, Database, UnitOfWork


def publish(uow: UnitOfWork, name: str, keys: list[Any], payload: dict[str, Any]) -> Message:
    """Put a message from outside on its way; it waits for its receiver until it expires."""
    message = Message(
        name=name,
        keys=execution.keys_text(keys),
        payload=payload,
        created_at=uow.now,
        expires_at=uow.now + execution.MESSAGE_LIFE,
    )
    uow.session.add(message)
    uow.record("message.published", "messages", name=name, keys=keys)
    return message


def deliver_waiting(database: Database) -> int:
    """Deliver every message that has exactly one receiver, one transaction each; return how many were delivered.

    A message that nobody waits for stays until it expires; one that fits several receivers is refused, since the wrong
    department would be worse than none.
    """
    with database.reading(CLOCK) as uow:
        query = select(Message.id).where(Message.delivered_at.is_(None)).order_by(Message.created_at, Message.id)
        waiting = list(uow.session.scalars(query))
    delivered = 0
    for message_id in waiting:
        with database.transaction(CLOCK) as uow:
            message = uow.session.get_one(Message, message_id)
            delivered += _deliver(uow, message)
    return delivered


def _deliver(uow: UnitOfWork, message: Message) -> bool:
    """Hand the message to its receiver; say whether it was received."""
    found = uow.session.execute(
        select(Subscription.case_id, Subscription.token)
        .where(Subscription.name == message.name, Subscription.keys == message.keys)
        .limit(2)
    ).all()
    if len(found) == 1:
        case = execution.locked_case(uow, found[0].case_id)
        uow.session.refresh(message, with_for_update=True)
        again = uow.session.get(Subscription, (case.id, found[0].token))
        if message.delivered_at is not None or again is None:
            return False
        message.delivered_at, message.outcome = uow.now, f"received by {case.number}"
        execution.advance(uow, case, lambda machine: machine.deliver(found[0].token, message.payload))
        return True
    if not found and _start(uow, message):
        return True
    if found:
        message.delivered_at, message.outcome = uow.now, "refused: several cases wait for it"
    elif message.expires_at <= uow.now:
        message.delivered_at, message.outcome = uow.now, "unclaimed: nobody waited for it"
    return False


def _start(uow: UnitOfWork, message: Message) -> bool:
    """Open a case of the one process that the message starts; say whether there was one."""
    starts = uow.session.scalars(select(StartEvent).where(StartEvent.message == message.name).limit(2)).all()
    if len(starts) != 1:
        return False
    definition = deployments.current(uow, starts[0].key)
    case = cases.open_case(uow, starts[0].key, {}, definition.name, at=starts[0].activity_id, payload=message.payload)
    message.delivered_at, message.outcome = uow.now, f"started {case.number}"
    return True
