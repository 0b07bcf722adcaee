"""Signals, conditions, links, events with several definitions, and event-based gateways. Source: BPMN 2.0.2, 10.5."""

from datetime import timedelta

import pytest

from engine import bpmn, feel
from engine.bpmn.machine import Machine
from engine.bpmn.state import State
from tests.given import NOW, Shelf, at, check, choice, complete, drawing, drawn, reloaded, standing

SIGNAL = '<signalEventDefinition id="d{0}" signalRef="{1}"/>'
MESSAGE = '<messageEventDefinition id="d{0}" messageRef="{1}"/>'


def caught(machine, name, kind="signal"):
    """Let what waits at the node receive its message or signal."""
    machine.deliver(at(machine, name, kind), {})
    check(machine)


def test_a_signal_reaches_every_waiting_token_of_the_case_and_goes_out():
    machine = drawn(
        '<startEvent id="a"/><parallelGateway id="g"/><userTask id="u"/><endEvent id="e"/>'
        f'<intermediateCatchEvent id="c1">{SIGNAL.format(1, "sig")}</intermediateCatchEvent>'
        f'<intermediateCatchEvent id="c2">{SIGNAL.format(2, "sig")}</intermediateCatchEvent>'
        f'<intermediateThrowEvent id="t">{SIGNAL.format(3, "sig")}</intermediateThrowEvent>'
        '<userTask id="after1"/><userTask id="after2"/>',
        "a g",
        "g u",
        "g c1",
        "g c2",
        "u t",
        "t e",
        "c1 after1",
        "c2 after2",
    )
    complete(machine, "u")
    assert standing(machine) == ["after1", "after2"]
    assert [event["name"] for event in machine.events if event["action"] == "signal.thrown"] == ["alarm"]


def test_a_catch_in_a_parallel_branch_hears_a_signal_thrown_in_the_same_move():
    machine = drawn(
        '<startEvent id="a"/><parallelGateway id="g"/><endEvent id="e"/><userTask id="heard"/>'
        f'<intermediateThrowEvent id="t">{SIGNAL.format(1, "sig")}</intermediateThrowEvent>'
        f'<intermediateCatchEvent id="c">{SIGNAL.format(2, "sig")}</intermediateCatchEvent>',
        "a g",
        "g t",
        "g c",
        "t e",
        "c heard",
    )
    assert standing(machine) == ["heard"]


def test_a_signal_of_another_name_is_not_heard():
    machine = drawn(
        f'<startEvent id="a"/><intermediateCatchEvent id="c">{SIGNAL.format(1, "sig")}</intermediateCatchEvent>'
        '<userTask id="u"/>',
        "a c",
        "c u",
    )
    machine.signal("all clear", {})
    assert standing(machine) == []
    machine.signal("alarm", {"level": 2})
    assert standing(machine) == ["u"]
    assert machine.view("1")["alarm"] == {"level": 2}


def test_a_signal_boundary_that_does_not_interrupt_hears_it_again():
    machine = drawn(
        '<startEvent id="a"/><userTask id="u"/><userTask id="more"/>'
        f'<boundaryEvent id="b" attachedToRef="u" cancelActivity="false">{SIGNAL.format(1, "sig")}</boundaryEvent>',
        "a u",
        "b more",
    )
    for count in (1, 2):
        machine.signal("alarm", {})
        check(machine)
        assert standing(machine).count("more") == count
    assert "u" in standing(machine)


CONDITION = '<conditionalEventDefinition id="k{0}"><condition>{1}</condition></conditionalEventDefinition>'


def test_a_condition_that_holds_when_it_is_made_occurs_at_once():
    machine = drawn(
        '<startEvent id="a"/><userTask id="u"/>'
        f'<boundaryEvent id="b" attachedToRef="u">{CONDITION.format(1, "level &gt; 2")}</boundaryEvent>'
        '<userTask id="chief"/>',
        "a u",
        "b chief",
        level=3,
    )
    assert standing(machine) == ["chief"]


def test_a_condition_occurs_when_a_variable_makes_it_true_and_again_only_after_it_was_false():
    machine = drawn(
        '<startEvent id="a"/><userTask id="u"/>'
        f'<boundaryEvent id="b" attachedToRef="u" cancelActivity="false">{CONDITION.format(1, "level &gt; 2")}'
        '</boundaryEvent><userTask id="chief"/>',
        "a u",
        "b chief",
        level=1,
    )
    found = []
    for level in (3, 4, 1, 5):
        machine = reloaded(machine)
        machine.set_variables("1", {"level": level})
        check(machine)
        found.append(standing(machine).count("chief"))
    assert found == [1, 1, 1, 2]


def test_a_condition_is_looked_at_between_automatic_steps():
    machine = drawn(
        '<startEvent id="a"/><scriptTask id="up"><script>{level: 5}</script></scriptTask>'
        '<scriptTask id="down"><script>{level: 0}</script></scriptTask><userTask id="u"/>'
        f'<subProcess id="h" triggeredByEvent="true"><startEvent id="hs" isInterrupting="true">'
        f'{CONDITION.format(1, "level &gt; 2")}</startEvent><userTask id="handle"/>'
        '<sequenceFlow id="hf" sourceRef="hs" targetRef="handle"/></subProcess>',
        "a up",
        "up down",
        "down u",
        level=1,
    )
    assert standing(machine) == ["handle"]


def test_a_case_that_is_cancelled_takes_its_running_handlers_along_and_is_taken_up_from_a_state_put_aside():
    machine = drawn(
        f'<startEvent id="a"/><userTask id="u"/><subProcess id="h" triggeredByEvent="true"><startEvent id="hs" '
        f'isInterrupting="false">{CONDITION.format(1, "level &gt; 2")}</startEvent><userTask id="handle"/>'
        '<sequenceFlow id="hf" sourceRef="hs" targetRef="handle"/></subProcess>',
        "a u",
        level=3,
    )
    aside = reloaded(machine)
    machine.cancel("merged")
    assert (machine.is_finished, machine.state.tokens, machine.state.scopes) == (True, {}, {})
    before = aside.state.dump()
    aside.take_up("unmerged")
    assert [event["action"] for event in aside.events] == ["case.taken-up"]
    assert (standing(aside), aside.state.dump()) == (["u", "handle"], before)
    check(aside)


def test_a_condition_that_cannot_be_evaluated_fails_at_its_event():
    machine = drawn(
        f'<startEvent id="a"/><intermediateCatchEvent id="c">{CONDITION.format(1, "false")}</intermediateCatchEvent>',
        "a c",
    )
    assert at(machine, "c", "condition")


def test_a_link_goes_on_at_the_catch_of_its_name():
    link = '<linkEventDefinition id="l{0}" name="{1}"/>'
    machine = drawn(
        f'<startEvent id="a"/><intermediateThrowEvent id="t">{link.format(1, "on")}</intermediateThrowEvent>'
        f'<intermediateCatchEvent id="c">{link.format(2, "on")}</intermediateCatchEvent><userTask id="u"/>',
        "a t",
        "c u",
    )
    assert standing(machine) == ["u"]


SEVERAL = SIGNAL.format(1, "sig") + MESSAGE.format(2, "m")


def test_the_first_of_several_events_takes_the_others_away():
    machine = drawn(
        f'<startEvent id="a"/><intermediateCatchEvent id="c">{SEVERAL}</intermediateCatchEvent><userTask id="u"/>',
        "a c",
        "c u",
    )
    caught(machine, "c", "message")
    assert standing(machine) == ["u"]
    assert [each["is"] for each in machine.state.tokens.values()] == ["task"]


def test_a_parallel_multiple_event_waits_for_all_of_them():
    machine = drawn(
        f'<startEvent id="a"/><intermediateCatchEvent id="c" parallelMultiple="true">{SEVERAL}'
        '</intermediateCatchEvent><userTask id="u"/>',
        "a c",
        "c u",
    )
    caught(machine, "c")
    assert standing(machine) == []
    machine = reloaded(machine)
    caught(machine, "c", "message")
    assert standing(machine) == ["u"]


def test_a_parallel_multiple_boundary_that_does_not_interrupt_is_armed_anew():
    machine = drawn(
        '<startEvent id="a"/><userTask id="u"/><userTask id="more"/>'
        f'<boundaryEvent id="b" attachedToRef="u" cancelActivity="false" parallelMultiple="true">{SEVERAL}'
        "</boundaryEvent>",
        "a u",
        "b more",
    )
    for count in (1, 2):
        caught(machine, "b")
        assert standing(machine).count("more") == count - 1
        caught(machine, "b", "message")
        assert standing(machine).count("more") == count


GATEWAY = (
    '<startEvent id="a"/><eventBasedGateway id="g"/>'
    f'<intermediateCatchEvent id="yes">{MESSAGE.format(1, "m")}</intermediateCatchEvent>'
    '<intermediateCatchEvent id="late"><timerEventDefinition id="d2"><timeDuration>PT2H</timeDuration>'
    '</timerEventDefinition></intermediateCatchEvent><intermediateCatchEvent id="later"><timerEventDefinition id="d3">'
    "<timeDuration>PT3H</timeDuration></timerEventDefinition></intermediateCatchEvent>"
    '<userTask id="go"/><userTask id="remind"/><userTask id="stop"/>'
)
PATHS = ("a g", "g yes", "g late", "g later", "yes go", "late remind", "later stop")


def test_behind_an_event_based_gateway_the_first_event_wins():
    machine = drawn(GATEWAY, *PATHS)
    machine.deliver(at(machine, "yes", "message"), {"text": "ok"})
    check(machine)
    assert standing(machine) == ["go"]
    assert len(machine.state.tokens) == 1
    assert [e["token"] for e in machine.events if e["action"] == "timer.dropped"] != []


def test_each_timer_behind_an_event_based_gateway_has_its_own_moment():
    machine = drawn(GATEWAY, *PATHS)
    dues = {mark["at"]: mark["due"] for mark in machine.state.tokens.values() if mark["is"] == "timer"}
    assert dues["later"] > dues["late"]
    machine = reloaded(machine, NOW + timedelta(hours=2))
    machine.fire(at(machine, "late", "timer"))
    check(machine)
    assert standing(machine) == ["remind"]


INSTANTIATING = (
    '<eventBasedGateway id="g" instantiate="true" eventGatewayType="{0}"/>'
    f'<intermediateCatchEvent id="one">{MESSAGE.format(1, "m")}</intermediateCatchEvent>'
    f'<intermediateCatchEvent id="two">{MESSAGE.format(2, "n")}</intermediateCatchEvent>'
    '<userTask id="u1"/><userTask id="u2"/>'
)


def opened(kind, node):
    """Return a machine on which the process behind an instantiating gateway was opened by one of its messages."""
    from_bytes = drawing(INSTANTIATING.format(kind), "g one", "g two", "one u1", "two u2")
    program = read_program(from_bytes)
    machine = Machine(Shelf(program), State.new(), NOW)
    machine.start(program, {}, node, {"text": "hello"})
    check(machine)
    return machine


def read_program(source):
    """Return the program ``p`` of a document that has no errors."""
    found = bpmn.read(source, feel)
    assert [str(each) for each in found.problems if each.level == "error"] == []
    return found.programs["p"]


def test_an_instantiating_gateway_starts_a_case_behind_the_event_that_came():
    machine = opened("Exclusive", "two")
    assert standing(machine) == ["u2"]
    assert machine.view("1")["note"] == {"text": "hello"}
    assert read_program(drawing(INSTANTIATING.format("Exclusive"), "g one", "g two", "one u1", "two u2")).starts == (
        "one",
        "two",
    )


def test_a_parallel_instantiating_gateway_waits_for_the_other_events():
    machine = opened("Parallel", "one")
    assert standing(machine) == ["u1"]
    caught(machine, "two", "message")
    assert sorted(standing(machine)) == ["u1", "u2"]


def test_a_receive_task_can_start_a_case():
    program = read_program(drawing('<receiveTask id="r" messageRef="m" instantiate="true"/><userTask id="u"/>', "r u"))
    assert program.starts == ("r",)
    machine = Machine(Shelf(program), State.new(), NOW)
    machine.start(program, {}, "r", {"text": "x"})
    assert standing(machine) == ["u"]


@pytest.mark.parametrize(
    ("position", "expected"),
    [("a u", ["u"]), ("u a", ["a", "u"])],
)
def test_flows_out_of_an_activity_are_all_taken_that_have_no_condition_or_a_true_one(position, expected):
    first, second = position.split()
    machine = drawn(
        f'<startEvent id="s"/><userTask id="t"/><userTask id="{first}"/><userTask id="{second}"/>'
        + choice("t", "a", "level &gt; 2"),
        "s t",
        "t u",
        level=1 if expected == ["u"] else 3,
    )
    complete(machine, "t")
    assert sorted(standing(machine)) == expected


def test_a_multi_instance_activity_throws_its_event_each_time_an_instance_is_done():
    machine = drawn(
        '<startEvent id="a"/><userTask id="u"><multiInstanceLoopCharacteristics id="l" behavior="None" '
        'noneBehaviorEventRef="ev"><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics></userTask>'
        f'<boundaryEvent id="b" attachedToRef="u">{SIGNAL.format(1, "sig")}</boundaryEvent>'
        '<userTask id="told"/><userTask id="on"/>',
        "a u",
        "b told",
        "u on",
        after='<signalEventDefinition id="ev" signalRef="sig"/>',
    )
    complete(machine, "u")
    assert sorted(standing(machine)) == ["told", "u"]
    complete(machine, "u")
    assert sorted(standing(machine)) == ["on", "told", "told"]
