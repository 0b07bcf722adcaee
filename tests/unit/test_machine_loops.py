"""The machine: multi-instance activities, what fails in them, and what ends them."""

from datetime import timedelta

import pytest

from engine.bpmn.machine import Machine
from engine.bpmn.program import Event, Kind, Loop, Script, Trigger
from engine.bpmn.state import State
from engine.errors import ConflictError, InvalidError
from tests.given import NOW, Drawing, Shelf, a_timer, at, check, complete, reloaded, standing, started, whys


def visits(kind=Kind.USER, work=None, **more):
    loop = Loop(**{"items": lambda v: v["units"], "item": "unit", "output": "reports", **more})
    drawing = Drawing().node("begin", Kind.START).node("visit", kind, loop=loop, work=work).node("after", Kind.USER)
    return drawing.flow("begin -> visit -> after")


def visits_inside(**more):
    drawing = visits(Kind.SUB, **more).node("sb", Kind.START, "visit").node("work", Kind.USER, "visit")
    return drawing.node("se", Kind.END, "visit").flow("sb -> work -> se")


def tokens(machine, kind="task"):
    return [key for key, token in machine.state.tokens.items() if token["is"] == kind]


def root(machine):
    return machine.state.scopes["1"]["vars"]


def report(variables):
    return variables["report"]


@pytest.mark.parametrize("drawing", [visits(element=report), visits_inside(element=report)])
def test_an_error_from_one_instance_ends_the_whole_activity(drawing):
    drawing.node("caught", Kind.BOUNDARY, host="visit", events=(Event(Trigger.ERROR, "refused"),))
    machine = started(drawing.node("repair", Kind.USER).flow("caught -> repair").program(), values={"units": [1, 2]})
    machine.throw(tokens(machine)[0], "refused")
    check(machine)
    assert standing(machine) == ["repair"]


def test_an_escalation_from_an_instance_is_heard_by_the_activity_and_stops_nobody():
    drawing = visits(element=report).node("leader", Kind.USER)
    event = (Event(Trigger.ESCALATION, "late"),)
    drawing.node("heard", Kind.BOUNDARY, host="visit", interrupting=False, events=event)
    machine = started(drawing.flow("heard -> leader").program(), values={"units": [1, 2]})
    machine.throw(tokens(machine)[1], "late", kind="escalation")
    check(machine)
    assert standing(machine) == ["visit", "visit", "leader"]


def test_one_instance_that_fails_to_enter_leaves_the_others_alone_and_is_retried_alone():
    script = Script(lambda v: 12 / (v["unit"] + v.get("more", 0)), "report")
    machine = started(visits(Kind.SCRIPT, script, element=report).program(), values={"units": [1, 0, 2]})
    assert whys(machine) == [("visit", "enter")]
    machine.set_variables("1", {"more": 4})
    machine.retry(at(machine, "visit", "failed"))
    check(machine)
    assert root(machine)["reports"] == [12.0, 3.0, 6.0]


@pytest.mark.parametrize("fault", ["element", "until"])
def test_a_fault_in_the_result_of_an_instance_keeps_the_work_for_a_retry(fault):
    expressions = {"element": report, "until": lambda v: False, fault: lambda v: v["report"]}
    machine = started(visits(**expressions).program(), values={"units": ["x"]})
    complete(machine, "visit", **({} if fault == "element" else {"other": 1}))
    assert whys(machine) == [("visit", "leave")]
    machine.set_variables("1", {"report": "late"})
    machine.retry(at(machine, "visit", "failed"))
    check(machine)
    assert root(machine)["reports"] == ["late"]


def test_a_collection_that_is_no_list_fails_the_activity_as_one():
    machine = started(visits().program(), values={"units": None})
    assert whys(machine) == [("visit", "enter")]
    machine.set_variables("1", {"units": []})
    machine.retry(at(machine, "visit", "failed"))
    assert standing(machine) == ["after"]


def test_sequential_instances_come_one_after_the_other_in_the_order_of_the_input():
    machine = started(visits(element=report, sequential=True).program(), values={"units": ["x", "y"]})
    seen = []
    while tokens(machine, "body"):
        (token,) = tokens(machine)
        seen.append(machine.view(machine.state.tokens[token]["in"])["unit"])
        complete(machine, "visit", report=seen[-1].upper())
    assert (seen, root(machine)["reports"]) == (["x", "y"], ["X", "Y"])


def test_the_completion_condition_takes_the_others_away():
    until = {"until": lambda v: v["nrOfCompletedInstances"] == 2 and v["nrOfActiveInstances"] == 1}
    machine = started(visits(element=report, **until).program(), values={"units": [1, 2, 3]})
    for value in "ab":
        complete(machine, "visit", report=value)
    assert standing(machine) == ["after"]
    assert root(machine)["reports"] == ["a", "b", None]


def test_an_interrupted_loop_keeps_the_results_that_are_there_in_the_order_of_the_input():
    drawing = visits(element=report).node("late", Kind.BOUNDARY, host="visit", events=a_timer("PT1H"))
    machine = started(drawing.flow("late -> after").program(), values={"units": [1, 2, 3]})
    machine.complete(tokens(machine)[1], {"report": "b"})
    machine.now = NOW + timedelta(hours=1)
    machine.fire(at(machine, "late", "timer"))
    check(machine)
    assert standing(machine) == ["after"]
    assert root(machine)["reports"] == [None, "b", None]


def test_an_instance_writes_nothing_outside_but_its_result():
    machine = started(visits(element=report).program(), values={"units": [1], "note": "mine"})
    complete(machine, "visit", report="a", note="theirs")
    assert root(machine) == {"units": [1], "note": "mine", "reports": ["a"]}


def test_one_more_instance_is_waited_for():
    machine = started(visits(element=report).program(), values={"units": ["x"]})
    machine.add_instance(at(machine, "visit", "body"), "y")
    check(machine)
    complete(machine, "visit", report="a")
    assert standing(machine) == ["visit"]
    complete(machine, "visit", report="b")
    assert root(machine)["reports"] == ["a", "b"]


@pytest.mark.parametrize("drawing", [visits(element=report), visits_inside(element=report)])
def test_one_instance_less_completes_the_activity_if_it_was_the_last(drawing):
    machine = started(drawing.program(), values={"units": ["x", "y"]})
    machine.end_instance(tokens(machine)[0])
    check(machine)
    assert len(tokens(machine)) == 1
    complete(machine, machine.state.tokens[tokens(machine)[0]]["at"], report="b")
    assert standing(machine) == ["after"]
    assert root(machine)["reports"] == [None, "b"]


@pytest.mark.parametrize(
    "more", [{"sequential": True}, {"items": None, "count": lambda v: 2}], ids=["sequential", "counted"]
)
def test_instances_of_sequential_or_counted_loops_are_neither_added_nor_ended(more):
    machine = started(visits(**more).program(), values={"units": [1, 2]})
    with pytest.raises(ConflictError):
        machine.add_instance(at(machine, "visit", "body"), 3)
    with pytest.raises(ConflictError):
        machine.end_instance(tokens(machine)[0])
    check(machine)


def test_a_task_outside_every_instance_cannot_be_ended_as_one():
    machine = started(visits(element=report).program(), values={"units": []})
    with pytest.raises(ConflictError):
        machine.end_instance(at(machine, "after"))


def test_skipping_an_instance_leaves_that_instance_only():
    machine = started(visits().program(), values={"units": [1, 2]})
    with pytest.raises(InvalidError):
        machine.skip(tokens(machine)[0], "visit-after")
    machine.skip(tokens(machine)[0])
    check(machine)
    assert standing(machine) == ["visit"]


def test_five_thousand_instances_are_taken_away_without_looking_at_each_other():
    drawing = visits_inside(element=report).node("late", Kind.BOUNDARY, host="visit", events=a_timer("PT1H"))
    program = drawing.flow("late -> after").program()
    looks = []
    for count in (500, 5000):
        machine = Machine(Shelf(program), State.new(), NOW)
        machine.library.budget = 100_000
        machine.start(program, {"units": list(range(count))})
        machine = reloaded(machine, NOW + timedelta(hours=1))
        machine.state.tokens = Counting(machine.state.tokens)
        machine.fire(at(machine, "late", "timer"))
        looks.append(machine.state.tokens.walks)
        assert standing(machine) == ["after"]
    assert looks[0] == looks[1]


class Counting(dict):
    """Counts how often all tokens are walked over."""

    walks = 0

    def items(self):
        self.walks += 1
        return super().items()
