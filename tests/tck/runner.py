"""Running the cases of the kit on ``engine.dmn`` and comparing what comes out."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine import dmn
from engine.errors import EngineError
from engine.feel.calendar import clock_part, moment_key, seconds_of
from engine.feel.values import is_number, kind, number
from tests.tck import cases

NOW = {"$now": datetime(2026, 11, 16, 2, tzinfo=UTC), "$zone": "Asia/Shanghai"}
#: what a warning says where a result needs what the house refuses -> why it is counted apart
REFUSED = {
    "external functions are not carried out": "an external function: no expression reaches code outside FEEL",
    "functions of kind Java are not carried out": "a function in Java: no expression reaches code outside FEEL",
    "functions of kind PMML are not carried out": "a model in PMML: no expression reaches code outside FEEL",
}
CLOSE = Decimal("1e-7")


@dataclass(frozen=True)
class Failure:
    """A result that was not the expected one."""

    level: str
    folder: str
    test: str
    node: str
    reason: str


@dataclass
class Summary:
    """How a run went; ``skipped`` counts the results left out, by folder and reason;
    ``levels`` has level -> [total, passed]."""

    total: int = 0
    passed: int = 0
    failed: list[Failure] = field(default_factory=list)
    skipped: dict[str, int] = field(default_factory=dict)
    levels: dict[str, list[int]] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the summary as ``--json`` prints it."""
        return asdict(self)


def run(root: Path) -> Summary:
    """Run every case below the directory."""
    summary = Summary()
    for level, folder in cases.folders(root):
        models = Models(folder)
        for case in cases.read(level, folder):
            for node, fault in _outcomes(models, case):
                _count(summary, Failure(level, case.folder, case.test, node, fault or ""))
    return summary


def _count(summary: Summary, result: Failure) -> None:
    """Add the result to the summary; an empty reason is none to fail."""
    refused = next((why for said, why in REFUSED.items() if said in result.reason), None)
    if refused is not None:
        key = f"level {result.level} {result.folder}: {refused}"
        summary.skipped[key] = summary.skipped.get(key, 0) + 1
        return
    counts = summary.levels.setdefault(result.level, [0, 0])
    summary.total, counts[0] = summary.total + 1, counts[0] + 1
    if result.reason:
        summary.failed.append(result)
    else:
        summary.passed, counts[1] = summary.passed + 1, counts[1] + 1


class Models:
    """The models of a folder, read once."""

    def __init__(self, folder: Path) -> None:
        self._files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.dmn"))}
        self._read: dict[str, dmn.Model] = {}
        self._spaces = {}
        for data in self._files.values():
            with suppress(EngineError):
                self._spaces[dmn.namespace_of(data)] = data

    def model(self, name: str) -> dmn.Model:
        """Return the model of the file. Raises EngineError or KeyError if there is none."""
        if name not in self._files:
            name = next((each for each in self._files if len(self._files) == 1 or each.startswith(name)), name)
        if name not in self._read:
            self._read[name] = dmn.read_leniently(self._files[name], self._spaces)
        return self._read[name]


def _outcomes(models: Models, case: cases.Case) -> Iterator[tuple[str, str | None]]:
    for result in case.results:
        try:
            made = _made(models.model(case.model), case, result.node)
        except (EngineError, dmn.DmnError) as error:
            yield result.node, None if result.error else f"{type(error).__name__}: {error}"
            continue
        except Exception as error:  # a fault of ours fails this test, and not the run
            yield result.node, f"{type(error).__name__}: {error}"
            continue
        if same(made.value, result.expected):
            yield result.node, None
        else:
            why = f" ({'; '.join(made.warnings)[:300]})" if made.warnings else ""
            yield result.node, f"{made.value!r}, expected {result.expected!r}{why}"


def _made(model: dmn.Model, case: cases.Case, node: str) -> dmn.Decided:
    if case.invocable:
        made = dmn.invoke(model, case.invocable, case.inputs, NOW)
        if isinstance(made.value, dict) and node in made.value:
            return dmn.Decided(made.value[node], (), made.warnings)
        return made
    try:
        return dmn.evaluate(model, node, {**case.inputs, **NOW})
    except KeyError:
        return dmn.invoke(model, node, case.inputs, NOW)


def same(found: Any, expected: Any) -> bool:
    """Say whether the values are alike: numbers within eight digits, moments and times with their fraction."""
    if found is None or expected is None:
        return found is expected
    if is_number(found) and is_number(expected):
        one, other = Decimal(number(found)), Decimal(number(expected))
        return abs(one - other) <= CLOSE * max(1, abs(other))
    if kind(found) != kind(expected):
        return False
    if isinstance(found, list):
        return len(found) == len(expected) and all(same(a, b) for a, b in zip(found, expected, strict=True))
    if isinstance(found, dict):
        return found.keys() == expected.keys() and all(same(found[name], expected[name]) for name in found)
    if kind(found) == "date and time":
        return moment_key(found) == moment_key(expected)
    if kind(found) == "time":
        return seconds_of(clock_part(found)) == seconds_of(clock_part(expected)) and _same_offset(found, expected)
    return bool(found == expected)


def _same_offset(one: Any, other: Any) -> bool:
    """Say whether two times have the same offset, or both none."""
    return (one.utcoffset() if one.tzinfo else None) == (other.utcoffset() if other.tzinfo else None)
