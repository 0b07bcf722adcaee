"""The machine: faults, retries, skips; nothing half-done stays behind, nothing that was given is lost."""

from itertools import product

import pytest

from engine.bpmn.program import Call, Event, JobWork, Kind, Script, Trigger
from engine.errors import ConflictError, InvalidError
from tests.given import NOW, Drawing, at, check, complete, standing, started, whys


def one(name="a", kind=Kind.USER, **more):
    return (
        Drawing().node("begin", Kind.START).node(name, kind, **more).node("z", Kind.USER).flow(f"begin -> {name} -> z")
    )


def value_of(name):
    return lambda variables: variables[name]


def root(machine):
    return machine.state.scopes["1"]["vars"]


def actions(machine):
    return [event["action"] for event in machine.events]


@pytest.mark.parametrize("kind", [Kind.USER, Kind.SERVICE, Kind.SUB])
def test_a_boundary_timer_that_cannot_be_computed_leaves_one_failed_token_and_no_task(kind):
    late = Event(Trigger.TIMER, when=value_of("limit"), when_kind="duration")
    drawing = one(kind=kind, work=JobWork("t") if kind == Kind.SERVICE else None)
    if kind == Kind.SUB:
        drawing.node("inner", Kind.USER, "a").node("ib", Kind.START, "a").flow("ib -> inner")
    drawing.node("late", Kind.BOUNDARY, host="a", events=(late,)).flow("late -> z")
    machine = started(drawing.program())
    assert [(token["at"], token["is"]) for token in machine.state.tokens.values()] == [("a", "failed")]
    assert not {"task.opened", "job.opened", "timer.armed"} & set(actions(machine))
    machine.set_variables("1", {"limit": "PT1H"})
    machine.retry(at(machine, "a", "failed"))
    check(machine)
    assert at(machine, "late", "timer")


def test_what_a_person_gave_survives_a_fault_in_the_output_mapping():
    machine = started(one(outputs=(("sum", lambda v: v["given"] + v["missing"]),)).program())
    complete(machine, "a", given=1)
    assert whys(machine) == [("a", "leave")]
    machine.set_variables("1", {"missing": 2})
    machine.retry(at(machine, "a", "failed"))
    check(machine)
    assert (root(machine), standing(machine)) == ({"missing": 2, "sum": 3}, ["z"])


def test_what_a_called_process_gave_survives_a_fault_in_the_output_mapping():
    called = Drawing("inner").node("cb", Kind.START).node("ask", Kind.USER).flow("cb -> ask").program()
    outputs = (("y", lambda v: 1 / v["x"]), ("seen", lambda v: sorted(k for k in v if not k.startswith("$"))))
    machine = started(one(kind=Kind.CALL, work=Call("inner"), outputs=outputs).program(), called, values={"secret": 1})
    complete(machine, "ask", x=0)
    assert whys(machine) == [("a", "leave")]
    machine.state.tokens[at(machine, "a", "failed")]["values"]["x"] = 2
    machine.retry(at(machine, "a", "failed"))
    check(machine)
    assert root(machine) == {"secret": 1, "y": 0.5, "seen": ["x"]}


def test_a_sub_process_shows_its_own_variables_to_its_output_mapping():
    drawing = one(kind=Kind.SUB, inputs=(("local", lambda v: v["x"] + 1),), outputs=(("y", value_of("local")),))
    drawing.node("ib", Kind.START, "a").node("inner", Kind.USER, "a").flow("ib -> inner")
    machine = started(drawing.program(), values={"x": 1})
    complete(machine, "inner", local=5)
    assert root(machine) == {"x": 1, "y": 5}


@pytest.mark.parametrize("host", [None, "a"])
def test_a_message_whose_payload_cannot_be_mapped_is_kept_for_a_retry(host):
    event = Event(Trigger.MESSAGE, "answer", outputs=(("y", lambda v: v["given"] + v["missing"]),))
    drawing = one(kind=Kind.USER if host else Kind.CATCH, events=() if host else (event,))
    if host:
        drawing.node("came", Kind.BOUNDARY, host=host, events=(event,)).flow("came -> z")
    machine = started(drawing.program())
    place = "came" if host else "a"
    machine.deliver(at(machine, place, "message"), {"given": 1})
    check(machine)
    assert whys(machine) == [(place, "leave")]
    machine.set_variables("1", {"missing": 2})
    machine.retry(at(machine, place, "failed"))
    check(machine)
    assert (standing(machine), root(machine)["y"]) == (["z"], 3)


def test_a_message_that_does_not_interrupt_is_awaited_again():
    drawing = one().node("came", Kind.BOUNDARY, host="a", interrupting=False, events=(Event(Trigger.MESSAGE, "n"),))
    machine = started(drawing.flow("came -> z").program())
    machine.events.clear()
    for _ in range(2):
        machine.deliver(at(machine, "came", "message"), {})
        check(machine)
    assert standing(machine) == ["a", "z", "z"]
    assert [action for action in actions(machine) if action.startswith("message")] == [
        *("message.received", "message.awaited"),
        *("message.received", "message.awaited"),
    ]


def test_a_value_that_cannot_be_kept_writes_nothing():
    machine = started(one(kind=Kind.SCRIPT, work=Script(lambda v: {"good": 1, "bad": object()})).program())
    assert (root(machine), whys(machine)) == ({}, [("a", "enter")])


def both():
    drawing = Drawing().node("begin", Kind.START).node("both", Kind.PARALLEL).node("a", Kind.USER).node("b", Kind.USER)
    return drawing.node("join", Kind.PARALLEL).node("z", Kind.USER).flow("begin -> both -> a -> join -> z")


def test_an_arrival_that_stalled_before_a_join_still_counts_for_its_flow_after_a_retry():
    machine = started(both().flow("both -> b -> join").program())
    machine.library.budget = machine.steps
    machine.complete(at(machine, "a"), {})
    check(machine)
    machine.library.budget = 10_000
    machine.retry(at(machine, "join", "failed"))
    check(machine)
    assert machine.state.joins == {"1/join": {"a-join": 1}}
    complete(machine, "b")
    assert standing(machine) == ["z"]


def test_every_join_that_can_never_be_passed_is_shown_and_a_retry_passes_it():
    drawing = both().node("c", Kind.USER).node("d", Kind.USER).node("join2", Kind.PARALLEL).flow("both -> c -> join2")
    drawing.node("never", Kind.EXCLUSIVE, default="never-z").flow("b -> never -> z")
    drawing.flow("never -> join", lambda v: False).flow("never -> d -> join2")
    drawing.flows = [
        flow if flow.id != "never-d" else type(flow)("never-d", "never", "d", lambda v: False) for flow in drawing.flows
    ]
    machine = started(drawing.flow("both -> b").program())
    for name in ("a", "b", "c", "z"):
        complete(machine, name)
    assert sorted(whys(machine)) == [("join", "leave"), ("join2", "leave")]
    assert machine.state.joins == {}
    machine.retry(at(machine, "join", "failed"))
    check(machine)
    assert standing(machine) == ["z"]


def test_skipping_a_split_takes_every_flow_or_the_one_that_is_named():
    for flow, left in ((None, ["a", "b"]), ("both-b", ["b"])):
        machine = started(both().flow("both -> b -> join").program())
        machine.cancel("again")
        machine.library.budget = 1
        machine.steps = 0
        machine.start(machine.library.program("p", 1), {})
        machine.library.budget = 10_000
        machine.skip(at(machine, "both", "failed"), flow)
        check(machine)
        assert standing(machine) == left


def test_a_flow_that_is_not_its_own_is_refused_and_a_moved_timer_needs_a_zone():
    drawing = one().node("late", Kind.BOUNDARY, host="a", events=(Event(Trigger.TIMER, when=lambda v: "PT1H"),))
    machine = started(drawing.flow("late -> z").program())
    with pytest.raises(InvalidError):
        machine.skip(at(machine, "a"), "begin-a")
    with pytest.raises(InvalidError):
        machine.set_due(at(machine, "late", "timer"), NOW.replace(tzinfo=None))
    with pytest.raises(ConflictError):
        machine.set_due(at(machine, "a"), NOW)


@pytest.mark.parametrize("order", list(product((0, 1), repeat=4)))
def test_surplus_tokens_wait_at_a_join_for_the_next_round_whatever_the_order(order):
    drawing = both().flow("both -> b -> join").node("twice", Kind.PARALLEL)
    drawing.flows = [flow for flow in drawing.flows if flow.id != "begin-both"]
    drawing.node("merge", Kind.EXCLUSIVE).flow("begin -> twice -> merge -> both")
    other = type(drawing.flows[0])("twice-merge2", "twice", "merge")
    drawing.flows.append(other)
    machine = started(drawing.program())
    done = {"a": 0, "b": 0}
    for choice in order:
        name = "ab"[choice] if done["ab"[choice]] < 2 else "ab"[1 - choice]
        complete(machine, name)
        done[name] += 1
        assert standing(machine).count("z") == min(done.values())
