"""Item definitions -> FEEL types, with allowed values. Source: DMN 1.5, clause 7.3.2 and 7.3.3."""

from collections.abc import Callable, Mapping
from typing import Any

from engine import feel
from engine.dmn.elements import child, children, named, text_of, type_ref
from engine.feel.types import TYPES, Allowed, Type

DEPTH = 20
Say = Callable[[Any, str], None]


class Items:
    """The types of a model by name. ``say`` is told of what cannot be read."""

    def __init__(self, root: Any, imported: Mapping[str, Type], say: Say) -> None:
        self._nodes = {named(each): each for each in children(root, "itemDefinition")}
        self._imported, self._say = imported, say
        self._made: dict[str, Type] = {}
        self._depth = 0

    def types(self) -> dict[str, Type]:
        """Return all types of the model, the imported ones under the names it gives them."""
        return {**self._imported, **{name: self.type(name) or Type() for name in self._nodes}}

    def type(self, reference: str | None) -> Type | None:
        """Return the type of the name, prefixes of namespaces left out; None for any type."""
        if not reference:
            return None
        name = " ".join(reference.rpartition("}")[2].split())
        for each in (name, name.partition(":")[2]):
            if each in self._nodes:
                return self._own(each)
            if each in self._imported:
                return self._imported[each]
            if each in TYPES:
                return TYPES[each]
        return None

    def allowed_text(self, reference: str | None) -> str:
        """Return the allowed values of the type of that name as they are written, empty if it has none."""
        name = " ".join((reference or "").split())
        node = self._nodes.get(name, self._nodes.get(name.partition(":")[2]))
        found = child(node, "allowedValues") if node is not None else None
        return text_of(found) if found is not None else ""

    def _own(self, name: str) -> Type:
        if name not in self._made:
            self._made[name] = Type()
            found = self._read(self._nodes[name])
            made = self._made[name]
            for part in Type.__slots__:
                setattr(made, part, getattr(found, part))
        return self._made[name]

    def _read(self, node: Any) -> Type:
        self._depth += 1
        if self._depth > DEPTH:
            self._say(node, f"item definition {named(node)}: more than {DEPTH} inside each other")
            return Type()
        try:
            found = self._plain(node)
            allowed = self._allowed(node, "allowedValues")
            if allowed is not None:
                found = _limited(found, allowed)
            if node.get("isCollection") == "true":
                found = Type("list", item=found)
            constraint = self._allowed(node, "typeConstraint")
            return found if constraint is None else _limited(found, constraint)
        finally:
            self._depth -= 1

    def _plain(self, node: Any) -> Type:
        components = children(node, "itemComponent")
        if components:
            return Type("context", entries={named(each): self._read(each) for each in components})
        function = child(node, "functionItem")
        if function is not None:
            parameters = [self.type(type_ref(each)) or Type() for each in children(function, "parameters")]
            return Type("function", parameters=parameters, result=self.type(function.get("outputTypeRef")))
        return self.type(type_ref(node)) or Type()

    def _allowed(self, node: Any, tag: str) -> Allowed | None:
        found = child(node, tag)
        text = text_of(found) if found is not None else ""
        if not text:
            return None
        try:
            test = feel.compile_unary(text)
        except feel.FeelError as error:
            self._say(found, f"item definition {named(node)}: {error}")
            return None
        return lambda value: test(value, {})


def _limited(found: Type, allowed: Allowed) -> Type:
    both = found.allowed
    test = allowed if both is None else lambda value: allowed(value) and both(value)
    return Type(found.base, found.item, found.entries, found.parameters, found.result, test)


TEMPORAL = ("date", "time", "date and time", "days and time duration", "years and months duration")


def typed(value: Any, wanted: Type | None) -> Any:
    """Return a JSON value as the type has it: texts become dates, times and durations, entries left out null."""
    if wanted is None or value is None:
        return value
    if isinstance(value, str) and wanted.base in TEMPORAL:
        found = feel.read_at(value)
        return value if found is None else found
    if isinstance(value, list) and wanted.base == "list":
        return [typed(each, wanted.item) for each in value]
    if isinstance(value, dict) and wanted.base == "context":
        missing = dict.fromkeys(name for name in wanted.entries if name not in value)
        return {name: typed(each, wanted.entries.get(name)) for name, each in value.items()} | missing
    return value
