"""The machine: what a process does, told without a database or a drawing."""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bpmn.machine import Machine
from engine.bpmn.program import Call, Event, Kind, Loop, Rule, Script, Trigger, UserWork
from engine.bpmn.state import State
from engine.errors import ConflictError, InvalidError
from tests.given import NOW, Drawing, Shelf, a_line, a_timer, at, check, complete, standing, started


def rework_loop():
    drawing = Drawing()
    for name, kind in {
        "begin": Kind.START,
        "again": Kind.EXCLUSIVE,
        "both": Kind.PARALLEL,
        "a": Kind.USER,
        "b": Kind.USER,
        "join": Kind.PARALLEL,
        "review": Kind.USER,
        "ok": Kind.EXCLUSIVE,
        "finish": Kind.END,
    }.items():
        drawing.node(name, kind)
    drawing.nodes["ok"]["default"] = "ok-again"
    drawing.flow("begin -> again -> both -> a -> join -> review -> ok -> again").flow("both -> b -> join")
    return drawing.flow("ok -> finish", lambda seen: seen["answer"] == "yes").program()


def inside(kind=Kind.SUB, **more):
    return (
        Drawing()
        .node("begin", Kind.START)
        .node("sub", kind, **more)
        .node("after", Kind.USER)
        .node("finish", Kind.END)
        .node("sb", Kind.START, "sub")
        .node("work", Kind.USER, "sub")
        .node("se", Kind.END, "sub")
        .flow("begin -> sub -> after -> finish")
        .flow("sb -> work -> se")
    )


def test_tasks_in_a_row_are_done_one_after_the_other():
    machine = started(a_line("a", "b"))
    complete(machine, "a", x=1)
    assert standing(machine) == ["b"]
    complete(machine, "b")
    assert machine.is_finished


@pytest.mark.parametrize("orders", list(permutations([("a", "b"), ("b", "a"), ("a", "b")], 3))[:4])
def test_a_join_inside_a_rework_loop_waits_for_both_branches_every_time(orders):
    machine = started(rework_loop())
    for number, (one, other) in enumerate(orders):
        complete(machine, one)
        assert "review" not in standing(machine)
        complete(machine, other)
        complete(machine, "review", answer="yes" if number == 2 else "no")
    assert machine.is_finished


def test_a_task_can_be_completed_only_once():
    machine = started(a_line("a"))
    token = at(machine, "a")
    machine.complete(token, {})
    with pytest.raises(ConflictError):
        machine.complete(token, {})


def test_an_interrupting_timer_takes_the_task_away():
    drawing = (
        Drawing()
        .node("begin", Kind.START)
        .node("a", Kind.USER)
        .node("late", Kind.BOUNDARY, host="a", events=a_timer("PT4H"))
    )
    drawing.node("escalate", Kind.USER).node("finish", Kind.END)
    machine = started(drawing.flow("begin -> a -> finish").flow("late -> escalate").program())
    token = at(machine, "late", "timer")
    with pytest.raises(ConflictError):
        machine.fire(token)
    machine.now = NOW + timedelta(hours=4)
    machine.fire(token)
    check(machine)
    assert standing(machine) == ["escalate"]


def test_a_timer_that_does_not_interrupt_adds_a_task_and_falls_with_its_host():
    drawing = Drawing().node("begin", Kind.START).node("a", Kind.USER).node("finish", Kind.END).node("tell", Kind.USER)
    drawing.node("amber", Kind.BOUNDARY, host="a", events=a_timer("PT1H"), interrupting=False)
    drawing.node("red", Kind.BOUNDARY, host="a", events=a_timer("PT2H"), interrupting=False)
    machine = started(drawing.flow("begin -> a -> finish").flow("amber -> tell").flow("red -> tell").program())
    machine.now = NOW + timedelta(hours=1)
    machine.fire(at(machine, "amber", "timer"))
    check(machine)
    assert standing(machine) == ["a", "tell"]
    complete(machine, "a")
    complete(machine, "tell")
    assert machine.is_finished


def test_a_sub_process_runs_inside_and_goes_on_when_nothing_is_left_in_it():
    machine = started(inside().program())
    assert standing(machine) == ["work"]
    complete(machine, "work", x=1)
    complete(machine, "after")
    assert machine.is_finished


def test_an_error_end_event_leaves_its_sub_process_over_the_boundary():
    drawing = inside()
    drawing.nodes["se"]["events"] = (Event(Trigger.ERROR, "refused"),)
    drawing.node("caught", Kind.BOUNDARY, host="sub", events=(Event(Trigger.ERROR),)).node("repair", Kind.USER)
    machine = started(drawing.flow("caught -> repair").program())
    complete(machine, "work")
    assert standing(machine) == ["repair"]


def test_an_uncaught_error_becomes_a_failure_and_nothing_is_lost():
    drawing = inside()
    drawing.nodes["se"]["events"] = (Event(Trigger.ERROR, "refused"),)
    machine = started(drawing.program())
    complete(machine, "work")
    assert [token["why"] for token in machine.state.tokens.values() if token["is"] == "failed"] == [
        "nothing catches the error refused"
    ]


def test_an_escalation_tells_the_outside_and_stops_nobody():
    drawing = inside().node("tell", Kind.THROW, "sub", events=(Event(Trigger.ESCALATION, "late"),))
    drawing.flows = [flow for flow in drawing.flows if flow.id != "sb-work"]
    drawing.flow("sb -> tell -> work").node("leader", Kind.USER)
    drawing.node("heard", Kind.BOUNDARY, host="sub", interrupting=False, events=(Event(Trigger.ESCALATION, "late"),))
    machine = started(drawing.flow("heard -> leader").program())
    assert sorted(standing(machine)) == ["leader", "work"]


@pytest.mark.parametrize(("interrupting", "left"), [(True, ["help"]), (False, ["help", "work"])])
def test_an_event_sub_process_interrupts_or_stands_beside_the_rest(interrupting, left):
    drawing = inside().node("es", Kind.EVENT_SUB).node("help", Kind.USER, "es").node("he", Kind.END, "es")
    drawing.node("es_start", Kind.START, "es", events=a_timer("PT1H"), interrupting=interrupting)
    machine = started(drawing.flow("es_start -> help -> he").program())
    machine.now = NOW + timedelta(hours=1)
    machine.fire(at(machine, "es_start", "timer"))
    check(machine)
    assert sorted(standing(machine)) == left
    complete(machine, "help")
    assert machine.is_finished is interrupting


def test_a_terminate_end_event_takes_open_escalations_away():
    drawing = Drawing().node("begin", Kind.START).node("a", Kind.USER).node("b", Kind.USER).node("end_b", Kind.END)
    drawing.node("stop", Kind.END, events=(Event(Trigger.TERMINATE),)).node("both", Kind.PARALLEL)
    machine = started(drawing.flow("begin -> both -> a -> stop").flow("both -> b -> end_b").program())
    complete(machine, "a")
    assert machine.is_finished


def test_instances_run_side_by_side_and_results_keep_the_order_of_the_input():
    loop = Loop(items=lambda v: v["units"], item="unit", output="reports", element=lambda v: v["report"])
    drawing = Drawing().node("begin", Kind.START).node("visit", Kind.USER, loop=loop).node("after", Kind.USER)
    drawing.node("finish", Kind.END)
    machine = started(drawing.flow("begin -> visit -> after -> finish").program(), values={"units": ["x", "y", "z"]})
    tokens = [key for key, token in machine.state.tokens.items() if token["is"] == "task"]
    for token, report in zip(reversed(tokens), "cba", strict=True):
        machine.complete(token, {"report": report})
        check(machine)
    assert standing(machine) == ["after"]
    (scope,) = machine.state.scopes.values()
    assert scope["vars"]["reports"] == ["a", "b", "c"]


def test_a_call_passes_what_is_mapped_and_nothing_else():
    called = Drawing("inner").node("cb", Kind.START).node("ask", Kind.USER).node("ce", Kind.END)
    outer = Drawing().node("begin", Kind.START).node("finish", Kind.USER)
    outer.node(
        "call",
        Kind.CALL,
        work=Call("inner"),
        inputs=(("a", lambda v: v["x"]),),
        outputs=(("y", lambda v: v["result"]),),
    )
    machine = started(
        outer.flow("begin -> call -> finish").program(),
        called.flow("cb -> ask -> ce").program(),
        values={"x": 1, "secret": 2},
    )
    assert [each["vars"] for each in machine.state.scopes.values() if each["of"] == "inner"] == [{"a": 1}]
    complete(machine, "ask", result=7)
    assert machine.state.scopes["1"]["vars"] == {"x": 1, "secret": 2, "y": 7}


def test_a_script_without_a_value_stalls_and_is_done_again_on_retry():
    drawing = Drawing().node("begin", Kind.START).node("s", Kind.SCRIPT, work=Script(lambda v: v["x"] + 1, "y"))
    drawing.node("finish", Kind.USER)
    machine = started(drawing.flow("begin -> s -> finish").program())
    machine.set_variables("1", {"x": 1})
    machine.retry(at(machine, "s", "failed"))
    check(machine)
    assert standing(machine) == ["finish"]
    assert machine.state.scopes["1"]["vars"]["y"] == 2


def test_a_loop_without_a_wait_uses_up_its_budget_and_keeps_the_case():
    drawing = Drawing().node("begin", Kind.START).node("one", Kind.TASK).node("two", Kind.TASK)
    machine = Machine(Shelf(drawing.flow("begin -> one -> two -> one").program()), State.new(), NOW)
    machine.start(machine.library.program("p", 1), {})
    check(machine)
    assert [token["why"] for token in machine.state.tokens.values()] == ["too many steps without a wait"]


def test_a_join_that_can_never_be_passed_is_shown_as_a_failure():
    drawing = Drawing().node("begin", Kind.START).node("choose", Kind.EXCLUSIVE, default="choose-a")
    drawing.node("a", Kind.USER).node("b", Kind.USER).node("join", Kind.PARALLEL).node("finish", Kind.END)
    drawing.flow("begin -> choose -> a -> join -> finish").flow("choose -> b", lambda v: False).flow("b -> join")
    machine = started(drawing.program())
    complete(machine, "a")
    assert [token["at"] for token in machine.state.tokens.values()] == ["join"]


def test_a_decision_gives_its_value_to_the_result_variable():
    drawing = Drawing().node("begin", Kind.START).node("route", Kind.RULE, work=Rule("dispatch", "way"))
    machine = started(
        drawing.node("a", Kind.USER).flow("begin -> route -> a").program(),
        decisions={"dispatch": lambda v: {"unit": "SZGY"}},
    )
    assert machine.state.scopes["1"]["vars"]["way"] == {"unit": "SZGY"}


def test_an_opened_task_says_to_whom_it_is_offered():
    work = UserWork("handle", candidates=lambda v: f"unit:{v['unit']}, dispatch")
    drawing = Drawing().node("begin", Kind.START).node("a", Kind.USER, work=work)
    machine = started(drawing.flow("begin -> a").program(), values={"unit": "SZGY"})
    (opened,) = [event for event in machine.events if event["action"] == "task.opened"]
    assert opened["candidates"] == ["unit:SZGY", "dispatch"]


def test_an_unknown_start_event_is_refused():
    program = a_line("a")
    with pytest.raises(InvalidError):
        Machine(Shelf(program), State.new(), NOW).start(program, {}, at="nowhere")


def test_a_cancelled_case_leaves_nothing_behind():
    machine = started(rework_loop())
    machine.cancel("mistake")
    assert (machine.state.tokens, machine.state.scopes, machine.state.joins) == ({}, {}, {})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["yes", "no"])), max_size=25))
def test_a_dump_and_load_between_any_two_steps_changes_nothing(choices):
    straight, reloaded = started(rework_loop()), started(rework_loop())
    for number, answer in choices:
        tasks = [key for key, token in straight.state.tokens.items() if token["is"] == "task"]
        if not tasks:
            break
        token = tasks[number % len(tasks)]
        straight.complete(token, {"answer": answer})
        reloaded = Machine(reloaded.library, State.load(reloaded.state.dump()), NOW)
        reloaded.complete(token, {"answer": answer})
        check(reloaded)
        assert straight.state.dump() == reloaded.state.dump()
