"""The process that is measured: 24 nodes, a called process of 6, three parallel instances with two boundary timers.

The same text for our machine and for SpiffWorkflow, so it holds only what both carry out; its conditions are FEEL.
"""

import itertools

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" targetNamespace="urn:bench">'
)
FLOW = '<sequenceFlow id="{0}_{1}" sourceRef="{0}" targetRef="{1}"/>'
CHOICE = (
    '<sequenceFlow id="{0}_{1}" sourceRef="{0}" targetRef="{1}">'
    '<conditionExpression xsi:type="tFormalExpression">{2}</conditionExpression></sequenceFlow>'
)
NODES = (
    '<startEvent id="reported"/><userTask id="register" name="register"/>'
    '<scriptTask id="classify" scriptFormat="feel"><script>{grade: if weight > 1 then "A" else "B"}</script>'
    "</scriptTask>"
    '<exclusiveGateway id="filed" default="filed_refused"/><endEvent id="refused"/>'
    '<parallelGateway id="split"/><userTask id="photo" name="photo"/><userTask id="visit" name="visit"/>'
    '<parallelGateway id="joined"/><exclusiveGateway id="again"/>'
    '<userTask id="handle" name="handle"><multiInstanceLoopCharacteristics>'
    '<loopCardinality xsi:type="tFormalExpression">3</loopCardinality></multiInstanceLoopCharacteristics></userTask>'
    '<boundaryEvent id="amber" attachedToRef="handle" cancelActivity="false"><timerEventDefinition id="d1">'
    '<timeDuration xsi:type="tFormalExpression">"PT4H"</timeDuration></timerEventDefinition></boundaryEvent>'
    '<userTask id="remind" name="remind"/><endEvent id="reminded"/>'
    '<boundaryEvent id="overdue" attachedToRef="handle"><timerEventDefinition id="d2">'
    '<timeDuration xsi:type="tFormalExpression">"P2D"</timeDuration></timerEventDefinition></boundaryEvent>'
    '<userTask id="escalate" name="escalate"/><exclusiveGateway id="handled"/>'
    '<callActivity id="call" calledElement="assess"/><userTask id="verify" name="verify"/>'
    '<exclusiveGateway id="passed" default="passed_answer"/><userTask id="answer" name="answer"/>'
    '<scriptTask id="count" scriptFormat="feel"><script>{done: true}</script></scriptTask><endEvent id="closed"/>'
)
PATHS = (
    "reported register",
    "register classify",
    "classify filed",
    "filed refused",
    "split photo",
    "split visit",
    "photo joined",
    "visit joined",
    "joined again",
    "again handle",
    "amber remind",
    "remind reminded",
    "overdue escalate",
    "escalate handled",
    "handle handled",
    "handled call",
    "call verify",
    "verify passed",
    "passed answer",
    "answer count",
    "count closed",
)
CALLED = (
    '<process id="assess" isExecutable="true"><startEvent id="begin"/><userTask id="rate" name="rate"/>'
    '<exclusiveGateway id="good" default="good_note"/>'
    '<scriptTask id="note" scriptFormat="feel"><script>{noted: true}</script></scriptTask>'
    '<exclusiveGateway id="both"/><endEvent id="finish"/>'
)


def incident() -> bytes:
    """Return the document with the process ``bench`` and the called ``assess``."""
    flows = "".join(FLOW.format(*each.split()) for each in PATHS)
    flows += CHOICE.format("filed", "split", 'grade = "A"') + CHOICE.format("passed", "again", "rework")
    inner = "".join(FLOW.format(*each.split()) for each in ("begin rate", "rate good", "good note", "note both"))
    inner += CHOICE.format("good", "both", 'grade = "C"') + FLOW.format("both", "finish")
    main = f'<process id="bench" isExecutable="true">{NODES}{flows}</process>'
    return f"{HEAD}{main}{CALLED}{inner}</process></definitions>".encode()


def row(tasks: int) -> bytes:
    """Return a process ``bench`` of user tasks in a row between a start and an end."""
    names = ["begin", *(f"t{n}" for n in range(tasks)), "finish"]
    nodes = "".join(f'<userTask id="t{n}" name="t{n}"/>' for n in range(tasks))
    flows = "".join(FLOW.format(*pair) for pair in itertools.pairwise(names))
    inside = f'<startEvent id="begin"/>{nodes}<endEvent id="finish"/>{flows}'
    return f'{HEAD}<process id="bench" isExecutable="true">{inside}</process></definitions>'.encode()


def loop() -> bytes:
    """Return a process ``bench`` that goes round its rework loop until ``rework`` is not true."""
    nodes = (
        '<startEvent id="begin"/><exclusiveGateway id="again"/><userTask id="handle"/><userTask id="verify"/>'
        '<exclusiveGateway id="passed" default="passed_finish"/><endEvent id="finish"/>'
    )
    paths = ("begin again", "again handle", "handle verify", "verify passed", "passed finish")
    flows = "".join(FLOW.format(*each.split()) for each in paths)
    flows += CHOICE.format("passed", "again", "rework")
    return f'{HEAD}<process id="bench" isExecutable="true">{nodes}{flows}</process></definitions>'.encode()


def instances() -> bytes:
    """Return a process ``bench`` with one task for each of ``units``, in parallel."""
    nodes = (
        '<startEvent id="begin"/><userTask id="act"><multiInstanceLoopCharacteristics xmlns:camunda='
        '"http://camunda.org/schema/1.0/bpmn" camunda:collection="units" camunda:elementVariable="unit"/></userTask>'
        '<endEvent id="finish"/>'
    )
    flows = FLOW.format("begin", "act") + FLOW.format("act", "finish")
    return f'{HEAD}<process id="bench" isExecutable="true">{nodes}{flows}</process></definitions>'.encode()
