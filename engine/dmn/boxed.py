"""Boxed expressions: XML -> functions of the variables. Source: DMN 1.5, clauses 7.3.1 and 10.2.

Every problem is told to the reader with its place; what cannot be read becomes null.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine import feel
from engine.dmn.elements import boxed_in, child, children, named, tag_of, text_of, type_ref
from engine.dmn.items import TEMPORAL, Items
from engine.dmn.model import Boxed, Logic, Run
from engine.dmn.tables import AGGREGATIONS, POLICIES, Row, Table, index_of
from engine.feel.loops import LOOPS, filtered

Say = Callable[[Any, str], None]
NULL = feel.compile("null")
DEPTH = 40
#: steps of what stands inside a boxed loop, beside what it counts itself
WEIGHT = 20


def texts(cell: str) -> frozenset[str] | None:
    """Return the texts that a cell such as ``"a", "b"`` lists; None if it says anything else."""
    if not re.fullmatch(r'"[^"\\]*"(\s*,\s*"[^"\\]*")*', cell):
        return None
    return frozenset(re.findall(r'"([^"]*)"', cell))


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes boxed expressions of one decision. ``scope`` are the names that they know; ``place`` is for messages."""

    items: Items
    scope: feel.Scope
    say: Say
    place: str
    lenient: bool
    tables: list[Table] = field(default_factory=list)
    depth: int = 0

    def logic(self, node: Any | None) -> Logic:
        """Return the boxed expression that the element is."""
        if node is None:
            return NULL
        tag = tag_of(node)
        if tag == "decisionTable":
            return self._table(node)
        if tag == "literalExpression":
            return self._literal(node)
        if self.depth > DEPTH:
            self.say(node, f"{self.place}: more than {DEPTH} boxed expressions inside each other")
            return NULL
        return Boxed(MAKERS[tag](self, node))

    def run(self, node: Any | None) -> Run:
        """Return the boxed expression as a function of the variables."""
        made = replace(self, depth=self.depth + 1).logic(node)
        return _decided(made) if isinstance(made, Table) else made

    def knowing(self, *names: str) -> "Maker":
        """Return a maker that knows these names too."""
        return replace(self, scope=self.scope._replace(names=(*self.scope.names, *names)))

    # ---- texts

    def _literal(self, node: Any) -> feel.Expression:
        if child(node, "importedValues") is not None:
            self.say(node, f"{self.place}: imported values are not carried out")
        found: feel.Expression = self.compiled(node, text_of(node) or "null", feel.compile)
        return found

    def compiled(self, node: Any, text: str, compiler: Callable[..., Any], place: str = "") -> Any:
        """Return the compiled text; a text that is no FEEL is said, and becomes null."""
        language = (node.get("expressionLanguage") or "feel").lower()
        if "feel" not in language:
            self.say(node, f"{place}expressions are FEEL, not {language}")
        try:
            return compiler(text, self.scope, self.lenient) if self.lenient or self.scope.names else compiler(text)
        except feel.FeelError as error:
            self.say(node, f"{place}{error}")
            return NULL if compiler is feel.compile else _never

    # ---- tables

    def _table(self, node: Any) -> Table:
        policy, aggregation = node.get("hitPolicy", "UNIQUE"), node.get("aggregation")
        name = self.place
        if policy not in POLICIES:
            self.say(node, f"table {name}: hit policy {policy} is not known")
        if aggregation is not None and (aggregation not in AGGREGATIONS or policy != "COLLECT"):
            self.say(node, f"table {name}: aggregation {aggregation} does not go with {policy}")
        inputs, outputs = children(node, "input"), children(node, "output")
        rows = [
            self._row(each, f"table {name}, rule {n}", len(inputs), len(outputs))
            for n, each in enumerate(children(node, "rule"), 1)
        ]
        orders = tuple(self._order(each) for each in outputs)
        if policy in ("PRIORITY", "OUTPUT ORDER") and not any(orders):
            self.say(node, f"table {name}: hit policy {policy} needs the values of its outputs in order")
        table = Table(
            name,
            policy,
            aggregation,
            tuple(self._input(each) for each in inputs),
            tuple(named(each) or (name if len(outputs) == 1 else f"output {n}") for n, each in enumerate(outputs, 1)),
            tuple(rows),
            tuple(self._default(each) for each in outputs),
            index_of(rows),
            orders,
            tuple(self._temporal(inputs)),
            tuple(self._domain(each) for each in inputs),
        )
        self.tables.append(table)
        return table

    def _input(self, node: Any) -> feel.Expression:
        found = child(node, "inputExpression")
        text = text_of(found) if found is not None else ""
        expression: feel.Expression = self.compiled(node, text, feel.compile)
        return expression

    def _temporal(self, inputs: list[Any]) -> Iterator[tuple[int, feel.Type]]:
        for column, node in enumerate(inputs):
            wanted = self.items.type(type_ref(child(node, "inputExpression")))
            if wanted is not None and wanted.base in TEMPORAL:
                yield column, wanted

    def _domain(self, node: Any) -> str:
        """Return which values the input may have: as the table says, or else its type."""
        found = child(node, "inputValues")
        return (
            text_of(found) if found is not None else self.items.allowed_text(type_ref(child(node, "inputExpression")))
        )

    def _default(self, node: Any) -> feel.Expression | None:
        found = child(node, "defaultOutputEntry")
        text = text_of(found) if found is not None else ""
        return self.compiled(node, text, feel.compile) if text else None

    def _order(self, node: Any) -> tuple[Any, ...]:
        """Return the output's values in the order that the table, or else its type, lists them."""
        found = child(node, "outputValues")
        text = text_of(found) if found is not None else self.items.allowed_text(type_ref(node))
        if not text:
            return ()
        try:
            listed = feel.compile(f"[{text}]")({})
        except feel.FeelError:
            return ()
        return tuple(listed) if isinstance(listed, list) else ()

    def _row(self, node: Any, place: str, inputs: int, outputs: int) -> Row:
        tests, results = children(node, "inputEntry"), children(node, "outputEntry")
        if (len(tests), len(results)) != (inputs, outputs):
            self.say(node, f"{place}: needs {inputs} inputs, {outputs} outputs; has {len(tests)}, {len(results)}")
        cells = tuple(text_of(each) for each in tests)
        return Row(
            tuple(
                None if cell in ("", "-") else self.compiled(each, cell, feel.compile_unary, f"{place}, input {n}: ")
                for n, (each, cell) in enumerate(zip(tests, cells, strict=True), 1)
            ),
            tuple(
                self.compiled(each, text_of(each) or "null", feel.compile, f"{place}, output {n}: ")
                for n, each in enumerate(results, 1)
            ),
            tuple(texts(cell) for cell in cells),
            cells,
        )

    # ---- the others

    def _context(self, node: Any) -> Run:
        maker, entries, result = self, [], None
        for each in children(node, "contextEntry"):
            variable = child(each, "variable")
            run = maker.run(boxed_in(each))
            if variable is None:
                result = run
                continue
            entries.append((named(variable), self.items.type(type_ref(variable)), run))
            maker = maker.knowing(named(variable))

        def made(seen: Mapping[str, Any]) -> Any:
            inner, found = dict(seen), {}
            for name, wanted, run in entries:
                found[name] = inner[name] = feel.coerced(run(inner), wanted, f"{name}: ")
            return result(inner) if result is not None else found

        return made

    def _invocation(self, node: Any) -> Run:
        called = self.run(boxed_in(node))
        bindings = []
        for each in children(node, "binding"):
            parameter = child(each, "parameter")
            bindings.append((named(parameter) if parameter is not None else "", self.run(boxed_in(each))))
        return lambda seen: feel.invoke_named(called(seen), {name: run(seen) for name, run in bindings})

    def _relation(self, node: Any) -> Run:
        names = [named(each) for each in children(node, "column")]
        rows = [[self.run(each) for each in _expressions(row)] for row in children(node, "row")]
        if any(len(row) != len(names) for row in rows):
            self.say(node, f"{self.place}: a row of the relation has not {len(names)} cells")
            return NULL
        return lambda seen: [{name: run(seen) for name, run in zip(names, row, strict=True)} for row in rows]

    def _list(self, node: Any) -> Run:
        parts = [self.run(each) for each in _expressions(node)]
        return lambda seen: [part(seen) for part in parts]

    def _function(self, node: Any) -> Run:
        if node.get("kind", "FEEL") != "FEEL":
            self.say(node, f"{self.place}: functions of kind {node.get('kind')} are not carried out")
            return NULL
        parameters = self.parameters(node)
        body = self.knowing(*(name for name, _ in parameters)).run(boxed_in(node))
        name = self.place
        return lambda seen: feel.function(name, parameters, lambda given: body({**seen, **given}))

    def parameters(self, node: Any) -> list[tuple[str, feel.Type | None]]:
        """Return names and types of the formal parameters."""
        return [(named(each), self.items.type(type_ref(each))) for each in children(node, "formalParameter")]

    def _conditional(self, node: Any) -> Run:
        test, yes, no = (self.run(boxed_in(child(node, tag))) for tag in ("if", "then", "else"))

        def chosen(seen: Mapping[str, Any]) -> Any:
            found = test(seen)
            if found is not None and not isinstance(found, bool):
                feel.warn("the condition is no boolean")
                return None
            return yes(seen) if found else no(seen)

        return chosen

    def _filter(self, node: Any) -> Run:
        items = self.run(boxed_in(child(node, "in")))
        match = replace(self, scope=_with_members(self.scope)).knowing("item").run(boxed_in(child(node, "match")))
        return lambda seen: filtered(items(seen), match, seen, WEIGHT)

    def _loop(self, node: Any) -> Run:
        tag, name = tag_of(node), node.get("iteratorVariable") or ""
        items = self.run(boxed_in(child(node, "in")))
        inside = child(node, "return" if tag == "for" else "satisfies")
        body = self.knowing(name, "partial").run(boxed_in(inside))
        make = LOOPS[tag]
        return lambda seen: make([(name, items, None)], body, seen, WEIGHT, tag == "for")


MAKERS: Mapping[str, Callable[[Maker, Any], Run]] = {
    "context": Maker._context,
    "invocation": Maker._invocation,
    "relation": Maker._relation,
    "list": Maker._list,
    "functionDefinition": Maker._function,
    "conditional": Maker._conditional,
    "filter": Maker._filter,
    "for": Maker._loop,
    "some": Maker._loop,
    "every": Maker._loop,
}


def _expressions(node: Any) -> list[Any]:
    return children(node, *MAKERS, "literalExpression", "decisionTable")


def _with_members(scope: feel.Scope) -> feel.Scope:
    return scope._replace(names=(*scope.names, *scope.members))


def _decided(table: Table) -> Run:
    return lambda seen: table.decide(seen)[0]


def _never(_value: Any, _seen: Mapping[str, Any]) -> bool:
    return False
