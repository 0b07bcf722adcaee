"""What a drawing says, read whole: SpiffWorkflow's parser and schemas, our visit of the nodes.

The only importer of SpiffWorkflow. Its parser follows flows and drops what it does not know; ours visits every child of
a process, keeps what it finds in plain ``Element`` values, and decides nothing: that is the compiler's duty.
"""

import re
import threading
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser, BpmnValidator
from SpiffWorkflow.bpmn.parser.ProcessParser import ProcessParser
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec

from engine.bpmn import dialects, document
from engine.bpmn.element import Element
from engine.bpmn.layout import Edge, Layout, Shape
from engine.errors import InvalidError

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
WAY = "http://www.omg.org/spec/DD/20100524/DI"
NAME_EN = "{urn:muster:bpmn:1}nameEn"
PREFIXES = {
    BPMN: "",
    "http://camunda.org/schema/1.0/bpmn": "camunda:",
    "http://camunda.org/schema/zeebe/1.0": "zeebe:",
    "urn:muster:bpmn:1": "muster:",
    "http://www.w3.org/2001/XMLSchema-instance": "xsi:",
}


@dataclass(slots=True)
class Sheet:
    """A document: its executable processes, all of it as plain data, and what stands at its root by id."""

    processes: list[Element]
    root: Element
    named: dict[str, Element]
    lanes: dict[str, str]
    is_camunda: bool  # drawn for Camunda, whose dialect leaves out what plain BPMN asks for


class _Node(TaskParser):
    """Keeps one flow node without following its flows."""

    def parse_node(self) -> Any:
        element = element_of(self.node)
        self.process_parser.spec.elements.append(element)
        return element


class _Scope(BpmnProcessSpec):
    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.task_specs.clear()  # frees the ids Start, End and <process>.EndJoin
        self.elements: list[Element] = []


class _Process(ProcessParser):
    """Visits what stands in a process, reached by a flow or not, in document order."""

    def create_spec(self) -> Any:
        return _Scope(name=self.bpmn_id, description=self.get_name(), filename=self.filename)

    def add_tasks(self) -> None:
        for child in self.node.iterchildren(tag=etree.Element):
            if self.parser._get_parser_class(child.tag)[0] and child.get("id"):
                self.parse_node(child)
            else:
                self.spec.elements.append(element_of(child))


class _AnyName(dict[str, type]):
    """Knows every data store, so that none is refused: an association with one is the lint's affair."""

    def __missing__(self, name: str) -> type:
        return _Store

    def get(self, name: str, default: Any = None) -> Any:
        return _Store

    def __contains__(self, name: object) -> bool:
        return True


class _Store:
    def __init__(self, *_: Any, **__: Any) -> None:
        pass


class _Reader(BpmnParser):
    DATA_STORE_CLASSES = _AnyName()
    PROCESS_PARSER_CLASS = _Process
    OVERRIDE_PARSER_CLASSES = dict.fromkeys(BpmnParser.PARSER_CLASSES, (_Node, object))


def read_sheet(data: bytes) -> Sheet:
    """Return what the document says. Raises InvalidError naming the line for what is no valid BPMN."""
    root = document.parse(data)
    if root.tag != f"{{{BPMN}}}definitions":
        raise InvalidError(problems={f"line {root.sourceline}": f"{root.tag} is no BPMN definitions element"})
    try:
        _validator().validate(_as_the_schema_has_it(root))
        reader = _Reader()
        reader.add_bpmn_xml(root)
        processes = []
        for key in reader.get_process_ids():
            parser = reader.process_parsers[key]
            process = Element("process", parser.node.sourceline, _attributes(parser.node))
            process.children = parser.get_spec().elements
            processes.append(process)
    except ValidationException as error:
        line = getattr(error, "line_number", None)
        place = f"line {line}" if line else getattr(error, "id", None) or "file"
        raise InvalidError(problems={place: str(error.args[0] if error.args else error)}) from error
    found = element_of(root)
    for process in processes:
        dialects.translate(process)
    named = {each.id: each for each in found.children if each.id}
    named |= {each.id: each for part in found.all("interface") for each in part.all("operation")}
    spaces = " ".join(str(space) for space in root.nsmap.values()) + root.get("exporter", "")
    return Sheet(processes, found, named, _lanes(root), bool(re.search("camunda|activiti", spaces, re.IGNORECASE)))


_OWN = threading.local()


def _validator() -> BpmnValidator:
    """Return this thread's validator: loading the schemas takes longer than using them, and it keeps its log of errors
    in itself."""
    if not hasattr(_OWN, "validator"):
        _OWN.validator = BpmnValidator()
    found: BpmnValidator = _OWN.validator
    return found


def _as_the_schema_has_it(root: Any) -> Any:
    """Return a copy for the schemas, which call the format of a global script its language; drawing tools do not."""
    copy = deepcopy(root)
    for node in copy.iter(f"{{{BPMN}}}globalScriptTask"):
        if wanted := node.attrib.pop("scriptFormat", None):
            node.set("scriptLanguage", wanted)
    return copy


def element_of(node: Any) -> Element:
    """Return the XML element and everything below it as plain data."""
    children = [element_of(child) for child in node.iterchildren(tag=etree.Element)]
    return Element(_short(node.tag), node.sourceline or 0, _attributes(node), (node.text or "").strip(), children)


def _attributes(node: Any) -> dict[str, str]:
    return {_short(name): str(value) for name, value in node.attrib.items()}


def _short(name: str) -> str:
    if not name.startswith("{"):
        return name
    namespace, local = name[1:].split("}", 1)
    return f"{PREFIXES.get(namespace, namespace + ':')}{local}"


def _lanes(root: Any) -> dict[str, str]:
    return {
        (reference.text or "").strip(): lane.get("name") or lane.get("id") or ""
        for lane in root.iter(f"{{{BPMN}}}lane")
        for reference in lane.iterchildren(f"{{{BPMN}}}flowNodeRef")
    }


def read_layout(data: bytes) -> Layout:
    """Return where the document's first diagram puts things. Raises InvalidError as ``read_sheet`` does."""
    root = document.parse(data)
    nodes = {node.get("id"): node for node in root.iter(etree.Element) if node.get("id")}
    shapes, edges = [], []
    for node in root.iter(f"{{{DI}}}BPMNShape"):
        drawn, bounds = nodes.get(node.get("bpmnElement")), node.find(f"{{{DC}}}Bounds")
        if drawn is not None and bounds is not None:
            shapes.append(_shape(node, drawn, bounds))
    for node in root.iter(f"{{{DI}}}BPMNEdge"):
        drawn = nodes.get(node.get("bpmnElement"))
        points = tuple((float(p.get("x")), float(p.get("y"))) for p in node.iter(f"{{{WAY}}}waypoint"))
        if drawn is not None and len(points) > 1:
            edges.append(Edge(drawn.get("id"), points, drawn.get("name") or "", _label(node), drawn.get(NAME_EN) or ""))
    corners = [(each.x, each.y) for each in shapes] + [(s.x + s.width, s.y + s.height) for s in shapes]
    corners += [point for edge in edges for point in edge.points]
    if not corners:
        return Layout((), (), (0, 0, 0, 0))
    left, top = min(x for x, _ in corners) - 20, min(y for _, y in corners) - 30
    right, bottom = max(x for x, _ in corners) + 20, max(y for _, y in corners) + 30
    return Layout(tuple(shapes), tuple(edges), (left, top, right - left, bottom - top))


def _shape(node: Any, drawn: Any, bounds: Any) -> Shape:
    tags = [etree.QName(child).localname for child in drawn.iterchildren(tag=etree.Element)]
    events = [tag.removesuffix("EventDefinition") for tag in tags if tag.endswith("EventDefinition")]
    x, y, width, height = (float(bounds.get(name)) for name in ("x", "y", "width", "height"))
    return Shape(
        drawn.get("id"),
        etree.QName(drawn).localname,
        drawn.get("name") or "",
        x,
        y,
        width,
        height,
        _label(node),
        events[0] if events else "",
        drawn.get("cancelActivity", drawn.get("isInterrupting", "true")) == "true",
        node.get("isExpanded") == "true",
        "multiInstanceLoopCharacteristics" in tags,
        drawn.get(NAME_EN) or "",
    )


def _label(node: Any) -> tuple[float, float, float] | None:
    bounds = node.find(f"{{{DI}}}BPMNLabel/{{{DC}}}Bounds")
    if bounds is None:
        return None
    return float(bounds.get("x")), float(bounds.get("y")), float(bounds.get("width"))
