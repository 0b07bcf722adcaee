"""What comes after a task, read off the diagram; and what counts as done, read off the catalogue."""

from dataclasses import dataclass

from engine import bpmn, catalogue, deployments
from engine.bpmn.program import Flow
from engine.errors import NotFoundError
from engine.models import Case, Task
from engine.uow import UnitOfWork

#: nodes that a case passes without waiting
PASSED = {"exclusive", "parallel", "inclusive", "complex", "script", "rule", "service", "send", "throw", "task"}


@dataclass(frozen=True, slots=True)
class Way:
    """A way on: what the diagram writes on it, and what waits at its end, in both languages."""

    when_zh: str
    when_en: str
    then_zh: str
    then_en: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What counts as settled, and where that is written."""

    item: str  #: code
    condition: str  #: number of the filing condition, empty for the item itself
    closing_zh: str
    closing_en: str
    basis_zh: str
    basis_en: str
    value: str
    unit: str  #: of the limit


@dataclass(frozen=True, slots=True)
class Rule:
    """A table by which the task is judged, in the version that the case is bound to."""

    key: str
    version: int
    name_zh: str
    name_en: str


#: what judges a task of a stage besides the table that its property ``rule`` names
OF_STAGE = {"handle": "return_rule"}


def rules(uow: UnitOfWork, task: Task) -> list[Rule]:
    """Return the tables by which what is done in the task is judged: its own, the one for sending back, and the one for
    enforcement outcomes, where the diagram has them."""
    said = task.shown.get("properties", {})
    keys = [said.get("rule"), OF_STAGE.get(said.get("stage", "")), "enforcement_rule" if "outcomes" in said else None]
    found = []
    for key in keys:
        version = task.case.bound.get(key) if key else None
        if key and version:
            name = deployments.named(uow, key, version)
            found.append(Rule(key, version, *name))
    return found


def ways(uow: UnitOfWork, task: Task) -> list[Way]:
    """Return the ways on from the task; none if no diagram that the case is bound to has its activity."""
    found = _where(uow, task)
    if found is None:
        return []
    program, layout = found
    names = {edge.id: (edge.name, edge.name_en) for edge in layout.edges}
    shapes = {shape.id: (shape.name, shape.name_en) for shape in layout.shapes}
    result: dict[tuple[str, ...], Way] = {}
    waiting: list[tuple[Flow, tuple[tuple[str, str], ...]]]
    waiting = [(flow, ()) for flow in program.nodes[task.activity_id].outgoing]
    seen: set[str] = set()
    while waiting:
        flow, before = waiting.pop(0)
        if flow.id in seen:
            continue
        seen.add(flow.id)
        said = (*before, names[flow.id]) if names.get(flow.id, ("", ""))[0] else before
        node = program.nodes[flow.target]
        if str(node.kind) in PASSED and node.outgoing:
            waiting += [(each, said) for each in node.outgoing]
            continue
        zh, en = shapes.get(node.id, (node.name, ""))
        when_zh, when_en = ("".join(each[side] or each[0] for each in said[:1]) for side in (0, 1))
        result.setdefault((when_zh, zh), Way(when_zh, when_en, zh or node.id, en or zh or node.id))
    return list(result.values())


def _where(uow: UnitOfWork, task: Task) -> tuple[bpmn.Program, bpmn.Layout] | None:
    """Return the program and the drawing that have the task's activity."""
    case = task.case
    library = deployments.library(uow, case.bound)
    for key in sorted(deployments.processes(uow, case.bound), key=lambda each: (each != case.process_key, each)):
        version = case.version if key == case.process_key else case.bound[key]
        program = library.program(key, version)
        if task.activity_id in program.nodes:
            return program, deployments.drawing(uow, key, version)
    return None


def expected(uow: UnitOfWork, case: Case) -> Expected | None:
    """Return what counts as settled by the case's filing condition, and its limit; None if nobody wrote it."""
    try:
        entry = catalogue.get_item(uow, str(case.summary.get("item"))).entry
    except NotFoundError:
        return None
    number = str(case.summary.get("condition") or "")
    conditions = entry.get("conditions", ())
    chosen = next((each for each in conditions if str(each["condition_no"]) == number), None)
    row = chosen or (conditions[0] if len(conditions) == 1 else {})
    return Expected(
        str(entry["item_code"]),
        number if chosen else "",
        str(row.get("closing_condition_zh", "")),
        str(row.get("closing_condition_en", "")),
        str(row.get("limit_basis_zh", "")),
        str(row.get("limit_basis_en", "")),
        str(case.summary.get("limit_value") or row.get("limit_value") or entry["limit_value"]),
        str(case.summary.get("limit_unit") or row.get("limit_unit") or entry["limit_unit"]),
    )
