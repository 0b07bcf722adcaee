"""Data objects and associations, lanes of words from other dialects, timers by cron, global tasks, correlation."""

from datetime import timedelta

import pytest

from engine import bpmn, feel
from engine.bpmn import due, juel
from tests.given import NOW, at, complete, drawing, drawn, standing, whys


def specification(inputs="", outputs=""):
    """Return an ioSpecification with one optional input and output."""
    return (
        "<ioSpecification>"
        + (f'<dataInput id="{inputs}"/>' if inputs else "")
        + (f'<dataOutput id="{outputs}"/>' if outputs else "")
        + (f'<inputSet id="is{inputs}"><dataInputRefs>{inputs}</dataInputRefs></inputSet>' if inputs else "<inputSet/>")
        + (f"<outputSet><dataOutputRefs>{outputs}</dataOutputRefs></outputSet>" if outputs else "<outputSet/>")
        + "</ioSpecification>"
    )


MOVED = (
    '<dataObject id="report"/><dataObjectReference id="ref" dataObjectRef="report"/><startEvent id="s"/>'
    f'<userTask id="write">{specification(outputs="found")}<dataOutputAssociation id="o1">'
    "<sourceRef>found</sourceRef><targetRef>ref</targetRef></dataOutputAssociation></userTask>"
    f'<userTask id="read">{specification(inputs="given")}<dataInputAssociation id="i1"><sourceRef>ref</sourceRef>'
    "<targetRef>given</targetRef></dataInputAssociation></userTask>"
)


def test_associations_carry_data_from_an_output_to_an_object_to_an_input():
    machine = drawn(MOVED, "s write", "write read")
    complete(machine, "write", found="a hole")
    view = machine.view(machine.state.tokens[at(machine, "read")]["in"])
    assert view["report"] == view["given"] == "a hole"
    assert "found" not in view
    complete(machine, "read")
    assert machine.is_finished


def test_an_output_that_was_never_written_writes_nothing_and_a_missing_input_is_a_failure():
    machine = drawn(MOVED, "s write", "write read")
    complete(machine, "write")
    assert whys(machine) == [("read", "enter")]


def test_properties_of_a_subprocess_stay_in_it():
    machine = drawn(
        '<startEvent id="s"/><subProcess id="sub"><property id="draft"/><userTask id="t"/></subProcess>'
        '<userTask id="end"/>',
        "s sub",
        "sub end",
    )
    complete(machine, "t", draft="x", kept="y")
    assert {name: value for name, value in machine.view("1").items() if not name.startswith("$")} == {"kept": "y"}


def test_a_data_store_is_drawn_and_an_association_with_one_is_refused():
    with pytest.raises(AssertionError, match="C03"):
        drawn(
            MOVED.replace("<targetRef>ref</targetRef>", "<targetRef>st</targetRef>", 1)
            + '<dataStoreReference id="st" name="archive"/>',
            "s write",
            "write read",
        )


def test_a_global_task_is_called_as_a_process_of_one_node():
    machine = drawn(
        '<startEvent id="s"/><callActivity id="call" calledElement="sign"><extensionElements>'
        '<camunda:out source="by" target="signed_by"/></extensionElements></callActivity><userTask id="end"/>',
        "s call",
        "call end",
        after='<globalUserTask id="sign" name="Sign"/>',
    )
    complete(machine, "sign", by="Wang")
    assert standing(machine) == ["end"]
    assert machine.view("1")["signed_by"] == "Wang"


CORRELATED = (
    '<correlationProperty id="cp" name="number"><correlationPropertyRetrievalExpression messageRef="m">'
    '<messagePath xsi:type="tFormalExpression">number</messagePath></correlationPropertyRetrievalExpression>'
    '</correlationProperty><collaboration id="co"><participant id="pa" processRef="p"/>'
    '<correlationKey id="ck"><correlationPropertyRef>cp</correlationPropertyRef></correlationKey></collaboration>'
)


def test_the_standards_correlation_keys_become_those_of_the_waiting_token():
    machine = drawn('<startEvent id="s"/><receiveTask id="r" messageRef="m"/>', "s r", after=CORRELATED, number=7)
    assert machine.state.tokens[at(machine, "r", "message")]["keys"] == [7]


def test_a_cron_schedule_is_a_cycle_in_the_citys_zone():
    first, left = due.first("0 9 * * 1-5", "cycle", "Asia/Shanghai", NOW)
    assert (first.isoformat(), left) == ("2026-11-17T01:00:00+00:00", None)
    again, _, _ = due.next_turn("0 9 * * 1-5", None, first, first, "Asia/Shanghai")
    assert again - first == timedelta(days=1)
    assert due.mistake("0 25 * * *", "cycle")
    assert due.mistake("0 0 9 ? * *", "cycle") is None


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ('x > 1 and y = "a"', "${x > 1 && y == 'a'}"),
        ("not(ok) or n != 3", "#{!ok || n != 3}"),
        ("if a then 1 else 2", "${a ? 1 : 2}"),
        ('(name = null or name = "" or name = [])', "${empty name}"),
        ("people[1].name", "${people[0].name}"),
        ("modulo(n, 2) = 0", "${n % 2 eq 0}"),
    ],
)
def test_camundas_expressions_are_translated_to_feel(text, wanted):
    assert juel.to_feel(text) == wanted
    feel.compile(wanted)


@pytest.mark.parametrize("text", ["${task.getName()}", "${now()}", "${a = 1}", "${x", "${'open}", "${a b}", "${}"])
def test_what_feel_cannot_say_is_refused(text):
    with pytest.raises(ValueError, match=r"\w"):
        juel.to_feel(text)


def test_a_python_condition_is_refused_with_its_feel_wording():
    with pytest.raises(AssertionError, match=r"Write a = true and not\(b\) instead"):
        drawn(
            '<startEvent id="s"/><userTask id="t" camunda:assignee="= a == True and not b"/>',
            "s t",
        )


ZEEBE = (
    '<startEvent id="s"/><userTask id="t"><extensionElements><zeebe:assignmentDefinition assignee="= owner" '
    'candidateGroups="= [&quot;a&quot;]"/><zeebe:formDefinition formKey="file"/><zeebe:taskSchedule dueDate="= now()"/>'
    '<zeebe:ioMapping><zeebe:input source="= 1 + 1" target="two"/><zeebe:output source="= two + 1" target="three"/>'
    "</zeebe:ioMapping></extensionElements></userTask>"
    '<serviceTask id="job"><extensionElements><zeebe:taskDefinition type="notify"/></extensionElements></serviceTask>'
    '<userTask id="many"><multiInstanceLoopCharacteristics id="l"><extensionElements><zeebe:loopCharacteristics '
    'inputCollection="= [1, 2]" inputElement="n" outputCollection="out" outputElement="= n * 2"/></extensionElements>'
    '</multiInstanceLoopCharacteristics></userTask><userTask id="end"/>'
)


def test_camunda_8_files_say_the_same_in_their_own_words():
    machine = drawn(ZEEBE, "s t", "t job", "job many", "many end", owner="wang")
    opened = next(event for event in machine.events if event["action"] == "task.opened")
    assert (opened["assignee"], opened["candidates"], opened["form"]) == ("wang", ["a"], "file")
    assert machine.view(machine.state.tokens[at(machine, "t")]["in"])["two"] == 2
    complete(machine, "t")
    assert machine.view("1")["three"] == 3
    machine.complete(at(machine, "job", "job"), {})
    complete(machine, "many")
    complete(machine, "many")
    assert machine.view("1")["out"] == [2, 4]


def test_an_extension_of_camunda_8_that_is_not_honoured_is_refused_by_name():
    with pytest.raises(AssertionError, match="zeebe:executionListeners"):
        drawn(ZEEBE.replace("<zeebe:ioMapping>", "<zeebe:executionListeners/><zeebe:ioMapping>"), "s t", "t end")


WRONG = {
    "G03": ('<eventBasedGateway id="g"/><userTask id="u"/><userTask id="v"/>', "s g", "g u", "g v"),
    "G06": ('<parallelGateway id="g" gatewayDirection="Converging"/><userTask id="u"/>', "s g", "g u"),
    "G04": ('<userTask id="g"/><userTask id="h"/><complexGateway id="c"/>', "s g", "s h", "g c", "h c"),
    "E05": ('<intermediateThrowEvent id="x"><linkEventDefinition id="l" name="n"/></intermediateThrowEvent>', "s x"),
    "S08": ('<userTask id="x" startQuantity="0"/>', "s x"),
    "L03": ('<userTask id="x"><standardLoopCharacteristics id="l"/></userTask>', "s x"),
    "E07": (
        '<userTask id="x"/><boundaryEvent id="b" attachedToRef="x"><compensateEventDefinition id="d"/></boundaryEvent>',
        "s x",
    ),
    "E06": ('<endEvent id="x"><cancelEventDefinition id="d"/></endEvent>', "s x"),
}


@pytest.mark.parametrize("code", WRONG)
def test_a_drawing_that_breaks_a_rule_is_refused_by_element_line_and_rule(code):
    inside, *flows = WRONG[code]
    found = bpmn.read(drawing('\n<startEvent id="s"/>' + inside, *flows), feel)
    errors = [each for each in found.problems if each.level == "error"]
    assert found.programs == {}
    assert code in {each.code for each in errors}
    assert all(each.line == 2 for each in errors)
