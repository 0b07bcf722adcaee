"""Compensation, transactions, ad-hoc sub-processes and standard loops. Source: BPMN 2.0.2, 10.3 and 10.7."""

import pytest

from engine.errors import ConflictError, InvalidError
from tests.given import at, check, choice, complete, drawn, reloaded, standing, whys

UNDO = '<compensateEventDefinition id="{0}"/>'


def undoable(name, handler=None):
    """Return a user task with a compensation handler, which is a user task too."""
    handler = handler or f"un{name}"
    return (
        f'<userTask id="{name}"/><boundaryEvent id="b{name}" attachedToRef="{name}">{UNDO.format(f"d{name}")}'
        f'</boundaryEvent><userTask id="{handler}" isForCompensation="true"/>'
        f'<association id="as{name}" associationDirection="One" sourceRef="b{name}" targetRef="{handler}"/>'
    )


TRIP = (
    '<startEvent id="s"/>'
    + undoable("hotel")
    + undoable("flight")
    + '<userTask id="pay"/><intermediateThrowEvent id="undo">'
    + UNDO.format("all")
    + '</intermediateThrowEvent><userTask id="end"/>'
)
TRIP_FLOWS = ("s hotel", "hotel flight", "flight pay", "pay undo", "undo end")


def test_handlers_run_one_after_the_other_in_reverse_order_of_completion():
    machine = drawn(TRIP, *TRIP_FLOWS)
    for name in ("hotel", "flight", "pay"):
        complete(machine, name)
    assert standing(machine) == ["unflight"]
    complete(machine, "unflight")
    assert standing(machine) == ["unhotel"]
    complete(machine, "unhotel")
    assert standing(machine) == ["end"]
    assert machine.state.undo == {}


def test_what_was_never_done_is_not_undone():
    machine = drawn(
        '<startEvent id="s"/><exclusiveGateway id="g" default="g_undo"/>'
        + undoable("hotel")
        + f'<endEvent id="undo">{UNDO.format("all")}</endEvent>'
        + choice("g", "hotel", "false"),
        "s g",
        "g undo",
    )
    assert machine.is_finished


def test_a_named_activity_alone_is_compensated():
    machine = drawn(
        TRIP.replace(
            '<compensateEventDefinition id="all"/>', '<compensateEventDefinition id="all" activityRef="hotel"/>'
        ),
        *TRIP_FLOWS,
    )
    for name in ("hotel", "flight", "pay", "unhotel"):
        complete(machine, name)
    assert standing(machine) == ["end"]
    assert [entry["at"] for entry in machine.state.undo["1"]] == ["flight"]


def test_each_instance_is_compensated_with_the_data_of_its_moment():
    machine = drawn(
        '<startEvent id="s"/>'
        + undoable("visit").replace(
            '<userTask id="visit"/>',
            '<userTask id="visit"><multiInstanceLoopCharacteristics id="l" isSequential="true" '
            'camunda:collection="units" camunda:elementVariable="unit"/></userTask>',
        )
        + f'<endEvent id="undo">{UNDO.format("all")}</endEvent>',
        "s visit",
        "visit undo",
        units=["water", "roads"],
    )
    complete(machine, "visit")
    complete(machine, "visit")
    seen = []
    for _ in range(2):
        token = at(machine, "unvisit")
        seen.append(machine.view(machine.state.tokens[token]["in"])["unit"])
        complete(machine, "unvisit")
    assert seen == ["roads", "water"]
    assert machine.is_finished


def test_what_a_finished_subprocess_holds_is_undone_from_outside():
    machine = drawn(
        '<startEvent id="s"/><subProcess id="sub"><startEvent id="i"/>'
        + undoable("hotel")
        + '<sequenceFlow id="f1" sourceRef="i" targetRef="hotel"/></subProcess>'
        + f'<endEvent id="undo">{UNDO.format("all")}</endEvent>',
        "s sub",
        "sub undo",
    )
    complete(machine, "hotel")
    assert standing(machine) == ["unhotel"]
    complete(machine, "unhotel")
    assert machine.is_finished


def test_a_compensation_event_subprocess_decides_what_is_undone_in_its_subprocess():
    machine = drawn(
        '<startEvent id="s"/><subProcess id="sub"><startEvent id="i"/>'
        + undoable("hotel")
        + '<sequenceFlow id="f1" sourceRef="i" targetRef="hotel"/>'
        '<subProcess id="ev" triggeredByEvent="true"><startEvent id="es">'
        + UNDO.format("e1")
        + '</startEvent><userTask id="ask"/><intermediateThrowEvent id="inner">'
        + UNDO.format("e2")
        + '</intermediateThrowEvent><sequenceFlow id="f2" sourceRef="es" targetRef="ask"/>'
        '<sequenceFlow id="f3" sourceRef="ask" targetRef="inner"/></subProcess></subProcess>'
        f'<endEvent id="undo">{UNDO.format("all")}</endEvent>',
        "s sub",
        "sub undo",
    )
    complete(machine, "hotel", room=5)
    assert standing(machine) == ["ask"]
    complete(machine, "ask")
    assert standing(machine) == ["unhotel"]
    complete(machine, "unhotel")
    assert machine.is_finished


def test_a_throw_that_does_not_wait_goes_on_at_once():
    machine = drawn(TRIP.replace('id="all"', 'id="all" waitForCompletion="false"'), *TRIP_FLOWS)
    for name in ("hotel", "flight", "pay"):
        complete(machine, name)
    assert sorted(standing(machine)) == ["end", "unflight"]
    complete(machine, "unflight")
    complete(machine, "unhotel")
    assert standing(machine) == ["end"]


TRANSACTION = (
    '<startEvent id="s"/><transaction id="tx"><startEvent id="i"/>'
    + undoable("hotel")
    + '<userTask id="pay"/><parallelGateway id="g"/><userTask id="other"/>'
    '<endEvent id="stop"><cancelEventDefinition id="c1"/></endEvent>'
    '<sequenceFlow id="f1" sourceRef="i" targetRef="hotel"/><sequenceFlow id="f2" sourceRef="hotel" targetRef="g"/>'
    '<sequenceFlow id="f3" sourceRef="g" targetRef="pay"/><sequenceFlow id="f4" sourceRef="g" targetRef="other"/>'
    '<sequenceFlow id="f5" sourceRef="pay" targetRef="stop"/></transaction>'
    '<boundaryEvent id="cancelled" attachedToRef="tx"><cancelEventDefinition id="c2"/></boundaryEvent>'
    '<userTask id="done"/><userTask id="told"/>'
)


def test_a_cancelled_transaction_cancels_undoes_and_leaves_over_its_cancel_event():
    machine = drawn(TRANSACTION, "s tx", "tx done", "cancelled told")
    complete(machine, "hotel")
    complete(machine, "pay")
    assert standing(machine) == ["unhotel"]
    machine = reloaded(machine)
    complete(machine, "unhotel")
    assert standing(machine) == ["told"]
    assert list(machine.state.scopes) == ["1"]


def test_a_transaction_without_a_cancel_boundary_is_refused():
    with pytest.raises(AssertionError, match="E06"):
        drawn(TRANSACTION.replace('attachedToRef="tx"', 'attachedToRef="done"'), "s tx", "tx done", "cancelled told")


ADHOC = (
    '<startEvent id="s"/><adHocSubProcess id="ad" ordering="{0}"><userTask id="a"/><userTask id="b"/>'
    '<userTask id="c"/>{1}</adHocSubProcess><userTask id="end"/>'
)


def test_an_adhoc_subprocess_ends_when_each_of_its_activities_was_done():
    machine = drawn(ADHOC.format("Parallel", ""), "s ad", "ad end")
    for name in "bca":
        complete(machine, name)
    assert standing(machine) == ["end"]


def test_a_sequential_adhoc_subprocess_offers_one_activity_at_a_time():
    machine = drawn(ADHOC.format("Sequential", ""), "s ad", "ad end")
    seen = []
    while standing(machine) != ["end"]:
        seen += standing(machine)
        complete(machine, standing(machine)[0])
    assert seen == ["a", "b", "c"]


UNTIL = '<completionCondition xsi:type="tFormalExpression">enough</completionCondition>'


def test_an_adhoc_subprocess_ends_when_its_condition_holds_and_cancels_what_runs():
    machine = drawn(ADHOC.format("Parallel", UNTIL), "s ad", "ad end", enough=False)
    complete(machine, "a")
    complete(machine, "b", enough=True)
    assert standing(machine) == ["end"]


def test_work_of_an_adhoc_subprocess_can_be_begun_again_and_ended_by_hand():
    machine = drawn(ADHOC.format("Parallel", UNTIL), "s ad", "ad end", enough=False)
    for name in "abc":
        complete(machine, name)
    assert standing(machine) == []
    token = at(machine, "ad", "scope")
    machine.begin(token, "b")
    check(machine)
    assert standing(machine) == ["b"]
    with pytest.raises(InvalidError):
        machine.begin(token, "end")
    machine.finish(token)
    check(machine)
    assert standing(machine) == ["end"]
    with pytest.raises(ConflictError):
        machine.begin(token, "b")


REPEATED = (
    '<startEvent id="s"/><userTask id="t"><standardLoopCharacteristics id="l" testBefore="{0}"{1}>'
    '<loopCondition xsi:type="tFormalExpression">more</loopCondition></standardLoopCharacteristics></userTask>'
    '<userTask id="end"/>'
)


def test_a_standard_loop_repeats_while_its_condition_holds():
    machine = drawn(REPEATED.format("false", ""), "s t", "t end", more=True)
    complete(machine, "t")
    complete(machine, "t")
    complete(machine, "t", more=False)
    assert standing(machine) == ["end"]


def test_a_loop_tested_before_may_not_run_at_all():
    assert standing(drawn(REPEATED.format("true", ""), "s t", "t end", more=False)) == ["end"]


def test_a_loop_ends_at_its_maximum():
    machine = drawn(REPEATED.format("false", ' loopMaximum="2"'), "s t", "t end", more=True)
    complete(machine, "t")
    complete(machine, "t")
    assert standing(machine) == ["end"]


def test_an_endless_loop_uses_up_the_budget_and_keeps_the_case():
    machine = drawn(
        REPEATED.format("false", "")
        .replace('<userTask id="t">', '<scriptTask id="t"><script>{n: 1}</script>')
        .replace('</userTask><userTask id="end"/>', '</scriptTask><userTask id="end"/>')
        .replace("<script>{n: 1}</script>", "", 1)
        .replace("</standardLoopCharacteristics>", "</standardLoopCharacteristics><script>{n: 1}</script>"),
        "s t",
        "t end",
        more=True,
    )
    assert whys(machine) == [("t", "enter")]
