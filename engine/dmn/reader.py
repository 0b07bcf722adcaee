"""DMN text -> decisions with compiled tables and literal expressions; every problem by table, rule and line.

Namespaces of DMN 1.1 to 1.5 are read alike. What is not carried out (other hit policies, other expression languages,
other boxed expressions) is refused. Limits as for drawings. Source: DMN 1.5, clauses 6 to 8.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lxml import etree

from engine import feel
from engine.dmn.tables import AGGREGATIONS, POLICIES, Row, Table, index_of
from engine.errors import InvalidError

SIZE = 2_000_000


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision: a table or a literal expression, its variable's name, and the ids of the decisions it requires."""

    id: str
    name: str
    variable: str
    requires: tuple[str, ...]
    logic: Table | feel.Expression


def read(data: bytes) -> dict[str, Decision]:
    """Return the decisions of the document by id. Raises InvalidError with every problem, by line."""
    return _Reader().read(_parse(data))


def _parse(data: bytes) -> Any:
    if len(data) > SIZE or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise InvalidError(problems={"file": "larger than 2 MB, or with a document type or entity"})
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise InvalidError(problems={f"line {error.lineno}": error.msg or "not well-formed"}) from error


def _all(node: Any, tag: str) -> list[Any]:
    return [child for child in node.iterchildren(tag=etree.Element) if etree.QName(child).localname == tag]


def _text(node: Any) -> str:
    found = _all(node, "text")
    return (found[0].text or "").strip() if found else ""


def _texts(cell: str) -> frozenset[str] | None:
    """Return the texts that a cell such as ``"a", "b"`` lists; None if it says anything else."""
    if not re.fullmatch(r'"[^"\\]*"(\s*,\s*"[^"\\]*")*', cell):
        return None
    return frozenset(re.findall(r'"([^"]*)"', cell))


class _Reader:
    def __init__(self) -> None:
        self.problems: dict[str, str] = {}

    def read(self, root: Any) -> dict[str, Decision]:
        """Return the decisions. Raises InvalidError."""
        decisions = {}
        for node in _all(root, "decision"):
            found = self._decision(node)
            if found is not None:
                decisions[found.id] = found
        if not decisions and not self.problems:
            self.problems["file"] = "no decision in it"
        for each in decisions.values():
            for required in each.requires:
                if required not in decisions:
                    self.problems[each.id] = f"requires {required}, which is not in the file"
        if self.problems:
            raise InvalidError(problems=self.problems)
        return decisions

    def _decision(self, node: Any) -> Decision | None:
        key, name = node.get("id") or "", node.get("name") or node.get("id") or ""
        required = [
            each.get("href", "").removeprefix("#")
            for requirement in _all(node, "informationRequirement")
            for each in _all(requirement, "requiredDecision")
        ]
        variables = _all(node, "variable")
        tables, literals = _all(node, "decisionTable"), _all(node, "literalExpression")
        logic: Table | feel.Expression | None = None
        if tables:
            logic = self._table(tables[0], name)
        elif literals:
            logic = self._compiled(literals[0], _text(literals[0]), feel.compile)
        else:
            self._say(node, f"decision {name} has no table and no literal expression")
        variable = variables[0].get("name", name) if variables else name
        return Decision(key, name, variable, tuple(required), logic) if logic is not None else None

    def _table(self, node: Any, name: str) -> Table:
        policy, aggregation = node.get("hitPolicy", "UNIQUE"), node.get("aggregation")
        if policy not in POLICIES:
            self._say(node, f"table {name}: hit policy {policy} is not carried out")
        if aggregation is not None and (aggregation not in AGGREGATIONS or policy != "COLLECT"):
            self._say(node, f"table {name}: aggregation {aggregation} does not go with {policy}")
        inputs = [self._input(each) for each in _all(node, "input")]
        outputs = _all(node, "output")
        rows = [
            self._row(each, f"table {name}, rule {n}", len(inputs), len(outputs))
            for n, each in enumerate(_all(node, "rule"), 1)
        ]
        defaults = [_all(each, "defaultOutputEntry") for each in outputs]
        return Table(
            name,
            policy,
            aggregation,
            tuple(inputs),
            tuple(each.get("name") or name for each in outputs),
            tuple(rows),
            tuple(self._compiled(each[0], _text(each[0]), feel.compile) if each else None for each in defaults),
            index_of(rows),
        )

    def _input(self, node: Any) -> feel.Expression:
        found = _all(node, "inputExpression")
        expression: feel.Expression = self._compiled(node, _text(found[0]) if found else "", feel.compile)
        return expression

    def _row(self, node: Any, place: str, inputs: int, outputs: int) -> Row:
        tests, results = _all(node, "inputEntry"), _all(node, "outputEntry")
        if (len(tests), len(results)) != (inputs, outputs):
            self._say(node, f"{place}: needs {inputs} inputs, {outputs} outputs; has {len(tests)}, {len(results)}")
        return Row(
            tuple(
                None
                if _text(each) in ("", "-")
                else self._compiled(each, _text(each), feel.compile_unary, f"{place}, input {n}: ")
                for n, each in enumerate(tests, 1)
            ),
            tuple(
                self._compiled(each, _text(each) or "null", feel.compile, f"{place}, output {n}: ")
                for n, each in enumerate(results, 1)
            ),
            tuple(_texts(_text(each)) for each in tests),
        )

    def _compiled(self, node: Any, text: str, compiler: Callable[[str], Any], place: str = "") -> Any:
        language = (node.get("expressionLanguage") or "feel").lower()
        if "feel" not in language:
            self._say(node, f"{place}expressions are FEEL, not {language}")
        try:
            return compiler(text)
        except feel.FeelError as error:
            self._say(node, f"{place}{error}")
            return feel.compile("null")

    def _say(self, node: Any, text: str) -> None:
        self.problems[f"line {node.sourceline}"] = text
