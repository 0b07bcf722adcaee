"""The machine on random walks: every operation, in any order, with and without a dump and a load in between."""

from collections import Counter
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bpmn import due
from engine.bpmn.machine import Machine
from engine.bpmn.program import Call, Event, JobWork, Kind, Loop, Script, Trigger
from engine.bpmn.state import State
from tests.given import NOW, Drawing, Shelf, a_timer, check, reloaded


def everything():
    """Return a process with a loop, a join, a call, instances, limits and handlers; and the process that it calls."""
    drawing = Drawing()
    for name, kind in {
        "begin": Kind.START,
        "again": Kind.EXCLUSIVE,
        "both": Kind.PARALLEL,
        "a": Kind.USER,
        "visited": Kind.EXCLUSIVE,
        "asked": Kind.EXCLUSIVE,
        "join": Kind.PARALLEL,
        "review": Kind.USER,
        "repair": Kind.USER,
        "remind": Kind.USER,
        "finish": Kind.END,
    }.items():
        drawing.node(name, kind)
    loop = Loop(items=lambda v: v["units"], item="unit", output="reports", element=lambda v: v["report"])
    drawing.node("ok", Kind.EXCLUSIVE, default="ok-again").node("visits", Kind.SUB, loop=loop)
    drawing.node("vb", Kind.START, "visits").node("visit", Kind.USER, "visits").node("vj", Kind.SERVICE, "visits")
    drawing.nodes["vj"]["work"] = JobWork("tell")
    drawing.node("call", Kind.CALL, work=Call("inner"), outputs=(("y", lambda v: v["report"]),))
    drawing.node("sum", Kind.SCRIPT, work=Script(lambda v: v["y"] + len(v["reports"]), "total"))
    drawing.node("late", Kind.BOUNDARY, host="visits", events=a_timer("PT4H"))
    drawing.node("caught", Kind.BOUNDARY, host="visits", events=(Event(Trigger.ERROR, "refused"),))
    drawing.node("failed", Kind.BOUNDARY, host="call", events=(Event(Trigger.ERROR),))
    amber = (Event(Trigger.TIMER, when=lambda v: "R3/PT1H", when_kind="cycle"),)
    drawing.node("amber", Kind.BOUNDARY, host="review", events=amber, interrupting=False)
    drawing.node("note", Kind.EVENT_SUB).node("ns", Kind.START, "note", interrupting=False)
    drawing.nodes["ns"]["events"] = (Event(Trigger.MESSAGE, "note"),)
    drawing.node("read", Kind.USER, "note").flow("ns -> read")
    drawing.node("stop", Kind.EVENT_SUB).node("ss", Kind.START, "stop", events=(Event(Trigger.MESSAGE, "withdrawn"),))
    drawing.node("close", Kind.USER, "stop").flow("ss -> close")
    drawing.flow("begin -> again -> both -> a -> join -> sum -> review -> ok -> again")
    drawing.flow("both -> visits -> visited -> join").flow("late -> visited").flow("caught -> repair -> visited")
    drawing.flow("both -> call -> asked -> join").flow("failed -> asked").flow("vb -> visit -> vj")
    drawing.flow("amber -> remind").flow("ok -> finish", lambda v: v["answer"] == 1)
    called = Drawing("inner").node("cb", Kind.START).node("ask", Kind.USER).node("ce", Kind.END)
    return drawing.program(), called.flow("cb -> ask -> ce").program()


MAIN, INNER = everything()


MOVES = {
    "task": ("complete", "complete", "throw", "skip"),
    "job": ("complete", "complete", "fail", "throw", "skip"),
    "timer": ("fire",),
    "message": ("deliver",),
    "failed": ("retry", "retry", "skip"),
    "body": ("add_instance",),
}


def moves(machine):
    """Return every operation that is possible now, in order of the tokens."""
    found = []
    for key, token in machine.state.tokens.items():
        found += [(name, key) for name in MOVES.get(token["is"], ())]
        if machine.state.scopes[token["in"]]["of"] == "visits" and token["is"] in ("task", "job"):
            found.append(("end_instance", key))
    return found


def act(machine, move, number):
    """Carry the operation out on the machine."""
    name, token = move
    match name:
        case "complete":
            machine.complete(token, {"report": number, "answer": number % 3} if number % 5 else {})
        case "throw":
            machine.throw(token, "refused" if number % 2 else "other")
        case "deliver":
            machine.deliver(token, {"text": number})
        case "fail":
            machine.fail(token, "no more tries")
        case "add_instance":
            machine.add_instance(token, number)
        case _:
            getattr(machine, name)(token)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 10_000), max_size=40), st.integers(5, 60))
def test_on_any_walk_the_invariants_hold_and_a_dump_and_a_load_change_nothing(choices, budget):
    library = Shelf(MAIN, INNER)
    library.budget = budget
    straight, again = (Machine(library, State.new(), NOW) for _ in range(2))
    for machine in (straight, again):
        machine.start(MAIN, {"units": ["x", "y"]})
        check(machine)
    for step, number in enumerate(choices):
        possible = moves(straight)
        if not possible:
            break
        move = possible[number % len(possible)]
        again = reloaded(again, NOW + timedelta(hours=5 * step + 5))
        straight.now, straight.steps, straight.events = again.now, 0, []
        for machine in (straight, again):
            act(machine, move, number)
            check(machine)
        assert straight.state.dump() == again.state.dump()
        assert straight.events == again.events
    assert straight.is_finished == (not straight.state.tokens)


def test_walks_get_through_the_join_more_than_once_and_through_everything_that_can_go_wrong():
    seen = Counter()
    for seed in range(60):
        numbers, library = Random(seed), Shelf(MAIN, INNER)
        machine = Machine(library, State.new(), NOW)
        machine.start(MAIN, {"units": ["x", "y"]})
        for step in range(60):
            possible = [each for each in moves(machine) if each[0] != "deliver" or step > 40]
            if not possible:
                break
            machine = reloaded(machine, NOW + timedelta(hours=5 * step + 5))
            act(machine, possible[numbers.randrange(len(possible))], numbers.randrange(10_000))
            check(machine)
            seen.update(event["action"] for event in machine.events)
    wanted = "join.passed loop.ended error.thrown activity.failed activity.retried timer.fired case.ended job.opened"
    assert {action: seen[action] for action in wanted.split() if seen[action] < 20} == {}
    assert seen["join.passed"] > 60


@given(st.integers(1, 500), st.integers(0, 10**7), st.one_of(st.none(), st.integers(0, 50)))
def test_missed_turns_are_counted_in_one_go_as_they_would_be_one_by_one(seconds, behind, left):
    now, step = NOW + timedelta(seconds=behind % (seconds * 200)), timedelta(seconds=seconds)
    when, rest, missed = NOW, left, 0
    while True:
        if rest == 0:
            expected = (None, 0, missed)
            break
        when, rest = when + step, None if rest is None else rest - 1
        if when > now:
            expected = (when, rest, missed)
            break
        missed += 1
    assert due.next_turn(f"R/PT{seconds}S", left, NOW, now) == expected


def test_a_second_step_after_years_of_outage_is_found_at_once_and_a_rhythm_ends_where_it_says():
    later = NOW + timedelta(days=3650)
    when, _left, missed = due.next_turn("R/PT1S", None, NOW, later)
    assert (when, missed) == (later + timedelta(seconds=1), 3650 * 86400)
    assert due.next_turn("R/PT1H/2026-11-16T03:30:00Z", None, NOW + timedelta(hours=1), NOW)[0] is None
