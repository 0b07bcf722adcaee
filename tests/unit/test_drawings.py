"""Drawings -> programs: what is read, what is refused by element and line, and that the result runs."""

import pytest
from click.testing import CliRunner

from engine import feel
from engine.bpmn.compiler import read
from engine.bpmn.machine import Machine
from engine.bpmn.state import State
from engine.errors import InvalidError
from tests.given import NOW, Shelf, at, drawing, drawn, standing
from web.cli import muster

INCIDENT = drawing(
    '<startEvent id="Start"/>'
    '<userTask id="file" name="立案" camunda:candidateGroups="acceptance" camunda:formKey="file"/>'
    '<exclusiveGateway id="ok" default="ok_End"/>'
    '<userTask id="handle" camunda:candidateGroups=\'= "unit:" + unit\'/>'
    '<boundaryEvent id="late" attachedToRef="handle" cancelActivity="false"><timerEventDefinition id="t">'
    '<timeDuration xsi:type="tFormalExpression">PT4H</timeDuration></timerEventDefinition></boundaryEvent>'
    '<userTask id="leader"/><endEvent id="End"/><endEvent id="told"/>'
    '<sequenceFlow id="yes" sourceRef="ok" targetRef="handle">'
    '<conditionExpression xsi:type="tFormalExpression">filed = true</conditionExpression></sequenceFlow>',
    "Start file",
    "file ok",
    "ok End",
    "handle End",
    "late leader",
    "leader told",
)


def test_a_drawing_becomes_a_program_that_runs():
    found = read(INCIDENT, feel)
    assert found.problems == ()
    machine = Machine(Shelf(found.programs["p"]), State.new(), NOW)
    machine.start(found.programs["p"], {"unit": "SZGY"})
    machine.complete(at(machine, "file"), {"filed": True})
    assert standing(machine) == ["handle"]
    assert [e["candidates"] for e in machine.events if e["action"] == "task.opened"] == [["acceptance"], ["unit:SZGY"]]
    assert at(machine, "late", "timer")


REFUSED = {
    "C05": '<scriptTask id="x" scriptFormat="python"><script>import os</script></scriptTask>',
    "D05": '<userTask id="x"/><endEvent id="y"/><sequenceFlow id="f" sourceRef="x" targetRef="y" isImmediate="true"/>',
    "D06": '<serviceTask id="x" camunda:class="org.Thing" camunda:topic="t"/>',
    "S03": '<subProcess id="x"><startEvent id="s1"/><startEvent id="s2"/></subProcess>',
    "S01": '<userTask id="x"/><userTask id="y"/>',
    "S02": '<userTask id="x"/><boundaryEvent id="b" attachedToRef="x"><errorEventDefinition id="e"/></boundaryEvent>',
    "C04": '<serviceTask id="x"/>',
    "E01": '<intermediateCatchEvent id="x"><errorEventDefinition id="s"/></intermediateCatchEvent>',
    "T01": '<intermediateCatchEvent id="x"><timerEventDefinition id="s"/></intermediateCatchEvent>',
    "X02": '<userTask id="x" camunda:assignee="${people.find(name)}"/>',
    "X01": '<userTask id="x" camunda:assignee="= 1 +"/>',
    "C01": '<callActivity id="x"/>',
    "L01": '<userTask id="x"><multiInstanceLoopCharacteristics id="l"/></userTask>',
}


@pytest.mark.parametrize("code", REFUSED)
def test_what_is_not_carried_out_is_refused_by_its_id_and_line(code):
    found = read(drawing('\n<startEvent id="a"/>' + REFUSED[code], "a x"), feel)
    assert found.programs == {}
    errors = [problem for problem in found.problems if problem.level == "error"]
    assert code in {problem.code for problem in errors}
    assert all(problem.line == 2 and problem.element for problem in errors)


def test_two_flows_without_condition_out_of_a_choice_are_refused():
    found = read(
        drawing(
            '<startEvent id="a"/><exclusiveGateway id="x"/><endEvent id="b"/><endEvent id="c"/>', "a x", "x b", "x c"
        ),
        feel,
    )
    assert {problem.code for problem in found.problems if problem.level == "error"} == {"G01"}


def test_an_element_that_the_schema_does_not_know_is_refused_with_its_line():
    with pytest.raises(InvalidError, match="line 2"):
        read(drawing('\n<nonsense id="x"/>'), feel)


def test_a_document_without_an_executable_process_is_refused():
    found = read(INCIDENT.replace(b'isExecutable="true"', b'isExecutable="false"'), feel)
    assert [problem.code for problem in found.problems] == ["D04"]


def test_muster_check_names_file_line_element_and_rule(tmp_path):
    good, bad = tmp_path / "good.bpmn", tmp_path / "bad.bpmn"
    good.write_bytes(INCIDENT)
    bad.write_bytes(drawing('\n<startEvent id="a"/><serviceTask id="x"/>', "a x"))
    found = CliRunner().invoke(muster, ["check", str(good), str(bad)])
    assert "good.bpmn: nothing to say" in found.output
    assert "bad.bpmn: error: line 2, x: has no topic, so that nobody knows what to do [C04]" in found.output
    assert found.exit_code == 1


def test_muster_check_warns_of_overlapping_and_missing_rules_of_a_table(tmp_path):
    rules = "".join(
        f'<rule id="r{n}"><inputEntry id="i{n}"><text>{cell}</text></inputEntry>'
        f'<outputEntry id="o{n}"><text>"{n}"</text></outputEntry></rule>'
        for n, cell in enumerate(("&lt; 5", "[4..9]"))
    )
    table = tmp_path / "table.dmn"
    table.write_text(
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:x">'
        '<decision id="route" name="route"><decisionTable id="t" hitPolicy="UNIQUE"><input id="a">'
        '<inputExpression id="ae" typeRef="number"><text>weight</text></inputExpression></input>'
        f'<output id="c" name="unit" typeRef="string"/>{rules}</decisionTable></decision></definitions>'
    )
    found = CliRunner().invoke(muster, ["check", str(table)])
    assert "rules 1 and 2 both match weight" in found.output
    assert "no rule matches weight: > 9" in found.output
    assert found.exit_code == 0


UNHONOURED = {
    "camunda:errorCodeVariable": '<userTask id="x" camunda:errorCodeVariable="wang"/>',
    "camunda:taskListener": '<userTask id="x"><extensionElements>'
    '<camunda:taskListener class="a"/></extensionElements></userTask>',
    "camunda:mapDecisionResult": '<businessRuleTask id="x" camunda:decisionRef="d" camunda:mapDecisionResult="list"/>',
}


@pytest.mark.parametrize("name", UNHONOURED)
def test_an_attribute_that_would_change_the_behaviour_is_never_dropped_in_silence(name):
    found = read(drawing('\n<startEvent id="a"/>' + UNHONOURED[name], "a x"), feel)
    assert [problem.text for problem in found.problems if name in problem.text]


def test_attributes_of_other_editors_and_schedulers_are_let_pass():
    source = drawing('<startEvent id="a" camunda:asyncBefore="true"/><endEvent id="b"/>', "a b")
    assert read(source, feel).problems == ()


def test_an_expression_in_another_language_is_refused():
    source = INCIDENT.replace(b"<conditionExpression ", b'<conditionExpression language="python" ')
    assert "C05" in {problem.code for problem in read(source, feel).problems}


def test_candidates_may_be_groups_and_people():
    machine = drawn(
        '<startEvent id="a"/><userTask id="x" camunda:candidateGroups="acceptance, street" '
        "camunda:candidateUsers='= [\"wang\"]'/>",
        "a x",
    )
    opened = next(event for event in machine.events if event["action"] == "task.opened")
    assert opened["candidates"] == ["acceptance", "street", "user:wang"]
