"""Messages between cases and stalled activities, on both databases."""

import pytest
from sqlalchemy import select

from engine import cases, deployments, failures, messages, tasks, timers
from engine.errors import ConflictError, ForbiddenError, InvalidError
from engine.models import Case, Message, Task
from engine.uow import SYSTEM, Actor
from tests.given import drawing

WAITING = drawing(
    '<startEvent id="a"/><receiveTask id="r" messageRef="m" muster:correlationKey="number"/><endEvent id="b"/>',
    "a r",
    "r b",
)
STALLED = drawing(
    '<startEvent id="a"/>'
    '<scriptTask id="s" camunda:resultVariable="y"><script>1 + x</script></scriptTask>'
    '<exclusiveGateway id="g"/><endEvent id="b"/><sequenceFlow id="f" sourceRef="g" targetRef="b">'
    "<conditionExpression>y = 2</conditionExpression></sequenceFlow>",
    "a s",
    "s g",
)


def opened(database, source, **values):
    with database.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"p.bpmn": source})
        return cases.open_case(uow, "p", values, "x").id


def sent(database, *keys):
    with database.transaction(SYSTEM) as uow:
        messages.publish(uow, "answer", list(keys), {"text": "yes"})
    return messages.deliver_waiting(database)


def outcome(database):
    with database.reading(SYSTEM) as uow:
        return uow.session.scalars(select(Message.outcome)).one()


def test_a_message_reaches_the_one_case_with_its_key(database):
    first, second = opened(database, WAITING, number=1), opened(database, WAITING, number=2)
    assert sent(database, 2) == 1
    with database.reading(SYSTEM) as uow:
        assert uow.session.get_one(Case, second).closed_at
        assert not uow.session.get_one(Case, first).closed_at


def test_a_message_that_fits_several_is_refused(database):
    opened(database, WAITING, number=1)
    opened(database, WAITING, number=1)
    assert sent(database, 1) == 0
    assert "several" in outcome(database)


def test_a_message_that_nobody_waits_for_is_kept_and_then_unclaimed(database, clock):
    assert sent(database, 1) == 0
    assert outcome(database) is None
    clock.advance(days=7)
    messages.deliver_waiting(database)
    assert "nobody" in outcome(database)


def test_a_stalled_activity_is_listed_and_only_an_administrator_retries_it(database):
    opened(database, STALLED)
    with database.reading(SYSTEM) as uow:
        (failure,) = failures.open_failures(uow)
        assert failure.activity_id == "g"
        failure_id = failure.id
    with pytest.raises(ForbiddenError), database.transaction(Actor("wang")) as uow:
        failures.retry(uow, failure_id)
    with database.transaction(SYSTEM) as uow:
        failures.retry(uow, failure_id)
    with pytest.raises(ConflictError), database.transaction(SYSTEM) as uow:
        failures.retry(uow, failure_id)
    with database.reading(SYSTEM) as uow:
        assert len(failures.open_failures(uow)) == 1


STARTED = drawing(
    '<startEvent id="a"><messageEventDefinition id="d" messageRef="m"/></startEvent>'
    '<startEvent id="t"><timerEventDefinition id="e"><timeCycle>R3/PT1H</timeCycle></timerEventDefinition></startEvent>'
    '<userTask id="u"/>',
    "a u",
    "t u",
)


def count(database):
    with database.reading(SYSTEM) as uow:
        return len(uow.session.scalars(select(Case)).all())


def test_a_message_that_nobody_waits_for_starts_the_process_that_it_may_start(database):
    with database.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"p.bpmn": STARTED})
    assert sent(database, 1) == 1
    assert "started" in outcome(database)
    assert count(database) == 1


def test_a_timer_starts_a_case_at_each_turn_and_missed_turns_are_not_made_up_for(database, clock):
    with database.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"p.bpmn": STARTED})
    clock.advance(minutes=59)
    assert timers.fire_due_starts(database) == 0
    clock.advance(minutes=1)
    assert timers.fire_due_starts(database) == 1
    clock.advance(days=1)
    assert timers.fire_due_starts(database) == 1
    assert timers.fire_due_starts(database) == 0


def test_a_new_version_takes_the_starts_of_the_old_one_away(database, clock):
    with database.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"p.bpmn": STARTED})
        deployments.deploy(uow, {"p.bpmn": WAITING})
    clock.advance(hours=2)
    assert timers.fire_due_starts(database) == 0


def test_a_process_without_a_plain_start_is_not_opened_by_hand(database):
    with pytest.raises(InvalidError, match="message or timer"):
        opened(database, STARTED)


THROWER = drawing(
    '<startEvent id="a"/><userTask id="u"/><intermediateThrowEvent id="throw"><signalEventDefinition id="d" '
    'signalRef="sig"/></intermediateThrowEvent><endEvent id="b"/>',
    "a u",
    "u throw",
    "throw b",
).replace(b'<process id="p"', b'<process id="thrower"')
HEARER = drawing(
    '<startEvent id="a"/><intermediateCatchEvent id="c"><signalEventDefinition id="d" signalRef="sig"/>'
    '</intermediateCatchEvent><endEvent id="b"/>',
    "a c",
    "c b",
)
ROUSED = drawing(
    '<startEvent id="a"><signalEventDefinition id="d" signalRef="sig"/></startEvent><userTask id="u"/>', "a u"
).replace(b'<process id="p"', b'<process id="roused"')


def test_a_signal_reaches_every_case_that_waits_and_starts_what_it_may_start(database):
    waiting = [opened(database, HEARER) for _ in range(3)]
    with database.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"thrower.bpmn": THROWER, "roused.bpmn": ROUSED})
        cases.open_case(uow, "thrower", {}, "alarm")
        task_id = uow.session.scalars(select(Task.id)).one()
    with database.transaction(SYSTEM) as uow:
        tasks.complete_task(uow, task_id, {})
    assert messages.deliver_waiting(database) == 4
    with database.reading(SYSTEM) as uow:
        assert all(uow.session.get_one(Case, each).closed_at for each in waiting)
        assert [each.process_key for each in uow.session.scalars(select(Case).where(Case.closed_at.is_(None)))] == [
            "roused"
        ]
    assert messages.deliver_waiting(database) == 0


def test_a_signal_is_not_kept_for_who_waits_later(database):
    with database.transaction(SYSTEM) as uow:
        messages.publish(uow, "alarm", [], {}, "signal")
    messages.deliver_waiting(database)
    case_id = opened(database, HEARER)
    assert messages.deliver_waiting(database) == 0
    with database.reading(SYSTEM) as uow:
        assert not uow.session.get_one(Case, case_id).closed_at


def test_a_delivery_to_a_case_that_waits_no_longer_says_so(database):
    case_id = opened(database, HEARER)
    with database.transaction(SYSTEM) as uow:
        messages.publish(uow, "alarm", [], {}, "signal")
        messages.publish(uow, "alarm", [], {}, "signal")
    assert messages.deliver_waiting(database) == 1
    with database.reading(SYSTEM) as uow:
        assert uow.session.get_one(Case, case_id).closed_at
        assert "it waits no longer" in {each.outcome for each in uow.session.scalars(select(Message))}


def test_a_start_event_with_a_message_and_a_timer_starts_by_either(database, clock):
    both = drawing(
        '<startEvent id="a"><messageEventDefinition id="d" messageRef="m"/><timerEventDefinition id="e">'
        "<timeCycle>R1/PT1H</timeCycle></timerEventDefinition></startEvent>"
        '<userTask id="u"/>',
        "a u",
    )
    with database.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"p.bpmn": both})
    assert sent(database, 1) == 1
    clock.advance(hours=1)
    assert timers.fire_due_starts(database) == 1


def test_a_call_may_be_bound_to_the_version_with_a_tag(database):
    called = drawing('<startEvent id="a"/><userTask id="old"/>', "a old").replace(
        b'<process id="p"', b'<process id="called" camunda:versionTag="stable"'
    )
    newer = called.replace(b'camunda:versionTag="stable"', b"").replace(b"old", b"new")
    caller = drawing(
        '<startEvent id="a"/><callActivity id="call" calledElement="called" '
        'camunda:calledElementBinding="versionTag" camunda:calledElementVersionTag="stable"/>',
        "a call",
    )
    with database.transaction(SYSTEM) as uow:
        deployments.deploy(uow, {"called.bpmn": called})
        deployments.deploy(uow, {"called.bpmn": newer})
    opened(database, caller)
    with database.reading(SYSTEM) as uow:
        assert [each.activity_id for each in uow.session.scalars(select(Task))] == ["old"]
