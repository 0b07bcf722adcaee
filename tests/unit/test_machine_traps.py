"""What other engines stumble over: names that are taken, hostile keys, many instances, deep nesting, endless loops."""

import pytest

from engine.bpmn.state import State
from tests.given import at, check, choice, complete, drawn, reloaded, standing, whys


@pytest.mark.parametrize(("start", "end"), [("Start", "End"), ("Root", "p.EndJoin"), ("token", "scopes")])
def test_no_id_of_an_element_is_taken(start, end):
    machine = drawn(f'<startEvent id="{start}"/><userTask id="t"/><endEvent id="{end}"/>', f"{start} t", f"t {end}")
    complete(machine, "t")
    assert machine.is_finished


@pytest.mark.parametrize("key", ["typename", "__class__", "vars", "live", "$now", "is", "", "é 名 \u0000", "a" * 500])
def test_data_of_people_may_have_any_key(key):
    machine = drawn('<startEvent id="s"/><userTask id="a"/><userTask id="b"/>', "s a", "a b")
    complete(machine, "a", **{key: {key: [key]}})
    again = State.load(machine.state.dump())
    assert again.scopes["1"]["vars"][key] == {key: [key]}
    complete(machine, "b")
    assert machine.is_finished


def test_five_thousand_parallel_instances_are_opened_and_completed_in_any_order():
    machine = drawn(
        '<startEvent id="s"/><userTask id="t"><multiInstanceLoopCharacteristics id="l" camunda:collection="units" '
        'camunda:elementVariable="unit" muster:outputCollection="out" muster:outputElement="unit * 2"/></userTask>'
        '<userTask id="end"/>',
        "s t",
        "t end",
        units=list(range(5_000)),
    )
    for token in reversed([key for key, mark in machine.state.tokens.items() if mark["is"] == "task"]):
        machine.events.clear()
        machine.complete(token, {})
    check(machine)
    assert standing(machine) == ["end"]
    assert machine.view("1")["out"] == [2 * n for n in range(5_000)]


def test_more_instances_than_the_limit_are_a_failure_of_that_activity():
    machine = drawn(
        '<startEvent id="s"/><userTask id="t"><multiInstanceLoopCharacteristics id="l">'
        "<loopCardinality>5001</loopCardinality></multiInstanceLoopCharacteristics></userTask>",
        "s t",
    )
    assert whys(machine) == [("t", "enter")]


def nested(depth):
    inside = '<userTask id="t"/>'
    for number in range(depth):
        inside = f'<subProcess id="n{number}">{inside}</subProcess>'
    return f'<startEvent id="s"/>{inside}', f"s n{depth - 1}"


def test_thirty_scopes_inside_each_other_are_entered_and_left():
    inside, flow = nested(30)
    machine = drawn(inside, flow)
    assert standing(machine) == ["t"]
    complete(machine, "t")
    assert machine.is_finished


def test_a_scope_too_deep_is_a_failure_and_the_case_is_kept():
    inside, flow = nested(40)
    machine = drawn(inside, flow)
    (failed,) = whys(machine)
    assert failed[1] == "enter"
    assert not machine.is_finished


def test_an_endless_ring_of_gateways_uses_up_the_budget_and_what_a_person_did_stays():
    machine = drawn(
        '<startEvent id="s"/><userTask id="t"/><exclusiveGateway id="a"/><exclusiveGateway id="b" default="b_a"/>'
        '<endEvent id="e"/>' + choice("b", "e", "false"),
        "s t",
        "t a",
        "a b",
        "b a",
    )
    complete(machine, "t", done="yes")
    assert len(whys(machine)) == 1
    assert machine.view("1")["done"] == "yes"
    again = reloaded(machine)
    again.retry(at(again, whys(again)[0][0], "failed"))
    assert len(whys(again)) == 1
