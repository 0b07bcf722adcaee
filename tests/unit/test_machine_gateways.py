"""Inclusive and complex gateways, start and completion quantities. Source: BPMN 2.0.2, 13.4."""

import itertools

import pytest

from tests.given import at, check, choice, complete, drawn, reloaded, standing, whys

THREE = (
    '<startEvent id="s"/><inclusiveGateway id="split"/><inclusiveGateway id="join"/><userTask id="end"/>'
    '<userTask id="a"/><userTask id="b"/><userTask id="c"/>'
    + choice("split", "a", 'contains(ways, "a")')
    + choice("split", "b", 'contains(ways, "b")')
    + choice("split", "c", 'contains(ways, "c")')
)
JOINED = ("s split", "a join", "b join", "c join", "join end")


@pytest.mark.parametrize("ways", ["a", "b", "ab", "bc", "abc"])
def test_an_inclusive_join_waits_for_exactly_the_branches_that_were_taken(ways):
    for order in itertools.permutations(ways):
        machine = drawn(THREE, *JOINED, ways=ways)
        assert sorted(standing(machine)) == list(ways)
        for name in order:
            assert "end" not in standing(machine)
            complete(machine, name)
        assert standing(machine) == ["end"]


def test_an_inclusive_split_without_a_true_condition_fails_at_the_gateway():
    assert whys(drawn(THREE, *JOINED, ways="x")) == [("split", "enter")]


LOOP = (
    '<startEvent id="s"/><inclusiveGateway id="split"/><inclusiveGateway id="join"/><exclusiveGateway id="ok" '
    'default="ok_end"/><exclusiveGateway id="again"/><userTask id="a"/><userTask id="b"/><userTask id="end"/>'
    + choice("split", "a", "true")
    + choice("split", "b", "both")
    + choice("ok", "again", "rework")
)
LOOPED = ("s again", "again split", "a join", "b join", "join ok", "ok end")


def test_an_inclusive_join_in_a_rework_loop_is_right_in_every_round_and_order():
    for orders in itertools.product([("a", "b"), ("b", "a")], repeat=3):
        machine = drawn(LOOP, *LOOPED, both=True, rework=True)
        for round_number, order in enumerate(orders):
            for name in order:
                assert sorted(standing(machine))[:1] != ["end"]
                complete(machine, name, rework=round_number < 2)
        assert standing(machine) == ["end"]


def test_a_branch_that_is_cancelled_releases_the_join():
    machine = drawn(
        THREE + '<boundaryEvent id="late" attachedToRef="b"><messageEventDefinition id="d" messageRef="m"/>'
        '</boundaryEvent><endEvent id="out"/>',
        *JOINED,
        "late out",
        ways="ab",
    )
    complete(machine, "a")
    assert standing(machine) == ["b"]
    machine.deliver(at(machine, "late", "message"), {})
    check(machine)
    assert standing(machine) == ["end"]


def test_a_token_inside_a_subprocess_is_still_awaited():
    machine = drawn(
        '<startEvent id="s"/><parallelGateway id="split"/><inclusiveGateway id="join"/><userTask id="a"/>'
        '<subProcess id="sub"><userTask id="inner"/></subProcess><userTask id="end"/>',
        "s split",
        "split a",
        "split sub",
        "a join",
        "sub join",
        "join end",
    )
    complete(machine, "a")
    assert standing(machine) == ["inner"]
    complete(machine, "inner")
    assert standing(machine) == ["end"]


TWO_OF_THREE = (
    '<startEvent id="s"/><parallelGateway id="split"/><userTask id="a"/><userTask id="b"/><userTask id="c"/>'
    '<complexGateway id="join"><activationCondition xsi:type="tFormalExpression">activationCount &gt;= 2'
    '</activationCondition></complexGateway><userTask id="end"/>'
)
ENOUGH = ("s split", "split a", "split b", "split c", "a join", "b join", "c join", "join end")


@pytest.mark.parametrize("order", list(itertools.permutations("abc")))
def test_two_of_three_departments_suffice_and_the_late_answer_is_swallowed(order):
    machine = drawn(TWO_OF_THREE, *ENOUGH)
    complete(machine, order[0])
    assert "end" not in standing(machine)
    complete(machine, order[1])
    assert sorted(standing(machine)) == sorted([order[2], "end"])
    machine = reloaded(machine)
    complete(machine, order[2])
    assert standing(machine) == ["end"]
    assert not machine.state.reset and not machine.state.joins


def test_a_complex_gateway_speaks_of_its_second_phase_by_a_condition():
    machine = drawn(TWO_OF_THREE + '<userTask id="late"/>' + choice("join", "late", "not(waitingForStart)"), *ENOUGH)
    for name in "ab":
        complete(machine, name)
    assert sorted(standing(machine)) == ["c", "end"]
    complete(machine, "c")
    assert sorted(standing(machine)) == ["end", "late"]


def test_an_activity_starts_when_its_quantity_of_tokens_has_come_and_makes_as_many_as_it_says():
    machine = drawn(
        '<startEvent id="s"/><parallelGateway id="split"/><userTask id="a"/><userTask id="b"/>'
        '<userTask id="both" startQuantity="2" completionQuantity="3"/><userTask id="end"/>',
        "s split",
        "split a",
        "split b",
        "a both",
        "b both",
        "both end",
    )
    complete(machine, "b")
    assert standing(machine) == ["a"]
    complete(machine, "a")
    assert standing(machine) == ["both"]
    complete(machine, "both")
    assert standing(machine) == ["end", "end", "end"]


def test_conditions_behind_a_parallel_gateway_are_ignored():
    machine = drawn(
        '<startEvent id="s"/><parallelGateway id="g"/><userTask id="a"/><userTask id="b"/>'
        + choice("g", "a", "false")
        + choice("g", "b", "true"),
        "s g",
    )
    assert sorted(standing(machine)) == ["a", "b"]


def test_eight_three_way_blocks_in_a_row_cost_one_token_a_branch():
    nodes, flows, before = '<startEvent id="s"/>', [], "s"
    for block in range(8):
        names = [f"t{block}{each}" for each in "abc"]
        nodes += f'<parallelGateway id="f{block}"/><parallelGateway id="j{block}"/>'
        nodes += "".join(f'<userTask id="{name}"/>' for name in names)
        flows += [f"{before} f{block}"] + [f"f{block} {name}" for name in names]
        flows += [f"{name} j{block}" for name in names]
        before = f"j{block}"
    machine = drawn(nodes + '<userTask id="end"/>', *flows, f"{before} end")
    for block in range(8):
        assert len(machine.state.tokens) == 3
        for each in "bca":
            complete(machine, f"t{block}{each}")
    assert standing(machine) == ["end"]


def test_ten_thousand_rounds_leave_a_state_as_small_as_the_first():
    machine = drawn(LOOP, *LOOPED, both=False, rework=True)
    size = len(machine.state.dump())
    for _ in range(10_000):
        machine.events.clear()
        machine.steps = 0
        machine.complete(at(machine, "a"), {})
    assert len(machine.state.dump()) <= size + 10
