"""Reading test cases of the DMN TCK: what goes in, what must come out. Format: testCases.xsd of the kit."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from engine import feel
from engine.feel.numbers import read_number

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


@dataclass(frozen=True)
class Result:
    """What a node must give; ``error`` also allows, and wants, null."""

    node: str
    expected: Any
    error: bool


@dataclass(frozen=True)
class Case:
    """One test case: inputs by name, and results. ``invocable`` names a service or business knowledge to call."""

    level: str
    folder: str
    test: str
    model: str
    kind: str
    invocable: str
    inputs: dict[str, Any]
    results: tuple[Result, ...]


def folders(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield (level, folder) of the kit, in order; the directory may be the kit, a level or a single folder."""
    found = {path.parent for path in root.rglob("*.xml") if "testCases" in _head(path)}
    for path in sorted(each for each in found if "non-compliant" not in each.parts):
        level = next((part[-1] for part in reversed(path.parts) if part.startswith("compliance-level-")), "?")
        yield level, path


def _head(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(4000).decode("utf-8", "replace")


def read(level: str, folder: Path) -> Iterator[Case]:
    """Yield the cases of the folder."""
    for path in sorted(folder.glob("*.xml")):
        root = etree.parse(str(path)).getroot()
        if etree.QName(root).localname != "testCases":
            continue
        model = (root.findtext("{*}modelName") or "").strip()
        for number, node in enumerate(root.iterfind("{*}testCase"), 1):
            yield Case(
                level,
                folder.name,
                f"{path.stem}:{node.get('id') or number}",
                model,
                node.get("type") or "decision",
                node.get("invocableName") or "",
                {_name(each): value(each) for each in node.iterfind("{*}inputNode")},
                tuple(_result(each) for each in node.iterfind("{*}resultNode")),
            )


def _name(node: Any) -> str:
    return " ".join((node.get("name") or "").split())


def _result(node: Any) -> Result:
    expected = node.find("{*}expected")
    return Result(_name(node), value(expected) if expected is not None else None, node.get("errorResult") == "true")


def value(node: Any) -> Any:
    """Return the FEEL value that the element holds."""
    if node.get(NIL) == "true":
        return None
    listed = node.find("{*}list")
    if listed is not None:
        return None if listed.get(NIL) == "true" else [value(each) for each in listed.iterfind("{*}item")]
    components = node.findall("{*}component")
    if components:
        return {each.get("name"): value(each) for each in components}
    single = node.find("{*}value")
    return _simple(single) if single is not None and single.get(NIL) != "true" else None


def _simple(node: Any) -> Any:
    text = node.text or ""
    kind = (node.get(TYPE) or "").rpartition(":")[2]
    if kind in ("", "string", "anySimpleType"):
        return text
    if kind == "boolean":
        return text.strip() in ("true", "1")
    if kind in ("date", "time", "dateTime", "duration", "dayTimeDuration", "yearMonthDuration"):
        return feel.read_at(text.strip())
    if kind in ("decimal", "double", "integer", "int", "long", "float", "short", "byte"):
        return read_number(text)
    return text
