"""DMN text -> a model with compiled logic; every problem by table, rule, cell and line.

Namespaces of DMN 1.1 to 1.5 are read alike. Foreign languages, Java and PMML are refused. Limits as for drawings.
Source: DMN 1.5, clauses 6 to 8.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lxml import etree

from engine import feel
from engine.dmn.boxed import Maker
from engine.dmn.elements import boxed_in, child, children, hrefs, named, type_ref
from engine.dmn.items import Items
from engine.dmn.model import Decision, Element, InputData, Knowledge, Logic, Model, Ref, Service
from engine.errors import InvalidError

SIZE = 2_000_000
DEPTH = 8


def read(data: bytes, others: Mapping[str, bytes] | None = None) -> Model:
    """Return the model, which maps ids to decisions. Raises InvalidError with every problem, by line.

    ``others``: namespace -> DMN text that this one may import.
    """
    reader = _Reader(others or {}, lenient=False)
    model = reader.read(_parse(data))
    if not len(model) and not reader.problems:
        reader.problems["file"] = "no decision in it"
    if reader.problems:
        raise InvalidError(problems=reader.problems)
    return model


def read_leniently(data: bytes, others: Mapping[str, bytes] | None = None) -> Model:
    """Return the model; a decision with a problem in it is null and says why. Raises InvalidError if it is no XML."""
    return _Reader(others or {}, lenient=True).read(_parse(data))


def namespace_of(data: bytes) -> str:
    """Return the namespace that the DMN text declares for its elements. Raises InvalidError if it is no XML."""
    return str(_parse(data).get("namespace") or "")


def _parse(data: bytes) -> Any:
    if len(data) > SIZE or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise InvalidError(problems={"file": "larger than 2 MB, or with a document type or entity"})
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise InvalidError(problems={f"line {error.lineno}": error.msg or "not well-formed"}) from error


class _Reader:
    def __init__(self, others: Mapping[str, bytes], lenient: bool, above: tuple[str, ...] = ()) -> None:
        self.others, self.lenient, self.above = others, lenient, above
        self.problems: dict[str, str] = {}
        self.said: list[str] = []

    def read(self, root: Any) -> Model:
        """Return the model; what is wrong is in ``problems``."""
        model = Model(root.get("namespace") or "", self.lenient)
        language = (root.get("expressionLanguage") or "feel").lower()
        if "feel" not in language:
            self._say(root, f"expressions are FEEL, not {language}")
        for node in children(root, "import"):
            self._import(model, node)
        self.model = model
        imported = {
            _under(name, each): found for name, one in model.imports.items() for each, found in one.types.items()
        }
        self.items = Items(root, imported, self._say)
        model.types = self.items.types()
        self.scope = feel.Scope(_names(root, model), _members(root, model), model.types)
        for node in root:
            if isinstance(node.tag, str):
                found = self._element(node)
                if found is not None:
                    model.keep(found)
        if not self.lenient:
            self._check_references(model)
        return model

    def _import(self, model: Model, node: Any) -> None:
        namespace, name = node.get("namespace") or "", named(node)
        if "DMN" not in (node.get("importType") or "DMN") and "MODEL" not in (node.get("importType") or ""):
            self._say(node, f"import {name}: only DMN can be imported")
            return
        if namespace not in self.others or namespace in self.above or len(self.above) > DEPTH:
            self._say(node, f"import {name}: no model of namespace {namespace} is at hand")
            return
        inner = _Reader(self.others, self.lenient, (*self.above, model.namespace))
        model.imports[name] = inner.read(_parse(self.others[namespace]))
        self.problems |= {f"{name}, {place}": text for place, text in inner.problems.items()}

    # ---- elements

    def _element(self, node: Any) -> Element | None:
        tag = etree.QName(node).localname
        if tag == "decision":
            return self._decision(node)
        if tag == "inputData":
            return InputData(node.get("id") or named(node), named(node), self._variable_type(node))
        if tag == "businessKnowledgeModel":
            return self._knowledge(node)
        return self._service(node) if tag == "decisionService" else None

    def _decision(self, node: Any) -> Decision:
        name = named(node) or node.get("id") or ""
        known = len(self.said)
        maker = Maker(self.items, self.scope, self._say, name, self.lenient, self.model.tables)
        body = boxed_in(node)
        if body is None and not self.lenient:
            self._say(node, f"decision {name} has no logic")
        logic = maker.logic(body) if body is not None else None
        variable = child(node, "variable")
        return Decision(
            node.get("id") or name,
            name,
            (named(variable) if variable is not None else "") or name,
            logic,
            self._variable_type(node),
            tuple(self._needs(node)),
            self._fault(known),
        )

    def _knowledge(self, node: Any) -> Knowledge:
        name, known = named(node), len(self.said)
        maker = Maker(self.items, self.scope, self._say, name, self.lenient, self.model.tables)
        function = child(node, "encapsulatedLogic")
        parameters: list[tuple[str, feel.Type | None]] = []
        body: Logic | None = None
        if function is not None:
            parameters = maker.parameters(function)
            if function.get("kind", "FEEL") != "FEEL":
                self._say(function, f"{name}: functions of kind {function.get('kind')} are not carried out")
            inside = boxed_in(function)
            body = maker.knowing(*(each for each, _ in parameters)).logic(inside) if inside is not None else None
        return Knowledge(
            node.get("id") or name,
            name,
            parameters,
            body,
            self._result_type(node),
            tuple(self._needs(node)),
            self._fault(known),
        )

    def _service(self, node: Any) -> Service:
        def refs(tag: str) -> tuple[Ref, ...]:
            return tuple(self._ref(each.get("href", "")) for each in children(node, tag))

        return Service(
            node.get("id") or named(node),
            named(node),
            refs("outputDecision"),
            refs("inputData"),
            refs("inputDecision"),
            self._result_type(node),
        )

    # ---- parts

    def _variable_type(self, node: Any) -> feel.Type | None:
        return self.items.type(type_ref(child(node, "variable")))

    def _result_type(self, node: Any) -> feel.Type | None:
        """Return the type of what the element gives when called; its variable may be typed as the function."""
        wanted = self._variable_type(node)
        return wanted.result if wanted is not None and wanted.base == "function" else wanted

    def _needs(self, node: Any) -> Iterator[Ref]:
        for each in hrefs(node, "informationRequirement", "requiredDecision", "requiredInput"):
            yield self._ref(each)
        for each in hrefs(node, "knowledgeRequirement", "requiredKnowledge"):
            yield self._ref(each)

    def _ref(self, href: str) -> Ref:
        namespace, _, key = href.rpartition("#")
        return ("" if namespace == self.model.namespace else namespace), key

    def _check_references(self, model: Model) -> None:
        for each in model.elements.values():
            for namespace, key in getattr(each, "needs", ()):
                owner = model.owner(namespace)
                if owner is None or key not in owner[1].elements:
                    self.problems[each.id] = f"requires {key}, which is not in the file"

    def _fault(self, known: int) -> str:
        """Return the problems that were found since there were ``known``, if the reading is lenient."""
        return "; ".join(self.said[known:]) if self.lenient else ""

    def _say(self, node: Any, text: str) -> None:
        self.said.append(text)
        place, number = f"line {node.sourceline}", 1
        while place in self.problems:
            number += 1
            place = f"line {node.sourceline} ({number})"
        self.problems[place] = text


def _under(name: str, inner: str) -> str:
    return f"{name}.{inner}" if name else inner


def _names(root: Any, model: Model) -> tuple[str, ...]:
    """Return the names of everything that an expression of the model may mean."""
    own = [named(node) for node in children(root, "inputData", "decision", "businessKnowledgeModel", "decisionService")]
    variables = [named(each) for node in children(root, "decision", "inputData") for each in children(node, "variable")]
    unnamed = model.imports.get("")
    merged = [each.name for each in unnamed.elements.values()] if unnamed is not None else []
    return tuple(filter(None, dict.fromkeys([*own, *variables, *model.imports, *merged])))


MEMBERS = ("itemComponent", "column", "output")
KEY = re.compile(r'[{,]\s*"?([^\W\d][^{}\[\](),:"]*?)"?\s*:')


def _members(root: Any, model: Model) -> tuple[str, ...]:
    """Return the names that members of values may have: only those with blanks or signs matter."""
    nodes: Iterable[Any] = (node for node in root.iter() if isinstance(node.tag, str))
    found = [named(node) for node in nodes if etree.QName(node).localname in MEMBERS]
    for entry in root.iter("{*}contextEntry"):
        found += [named(each) for each in children(entry, "variable")]
    for text in root.iter("{*}text"):
        found += [" ".join(key.split()) for key in KEY.findall(text.text or "")]
    found += [named(node) for node in children(root, "decision")]
    for each in model.imports.values():
        found += [element.name for element in each.elements.values()]
        found += [name for kind in each.types.values() for name in kind.entries]
    return tuple(filter(None, dict.fromkeys(found)))
