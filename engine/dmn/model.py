"""What a DMN text declares: inputs, decisions, business knowledge, decision services, imported models.

Not here: reading XML, and making decisions. Source: DMN 1.5, clause 6.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine import feel
from engine.dmn.tables import Table

Run = Callable[[Mapping[str, Any]], Any]
#: namespace of the model (empty: the same one) and id of the element
Ref = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Boxed:
    """Any boxed expression that is neither a table nor a literal expression by itself."""

    run: Run

    def __call__(self, variables: Mapping[str, Any]) -> Any:
        return self.run(variables)


Logic = Table | feel.Expression | Boxed


@dataclass(frozen=True, slots=True)
class InputData:
    """An input of the model; ``type`` is what its value is made to conform to."""

    id: str
    name: str
    type: feel.Type | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision: its logic, its variable's name and type, and the decisions, inputs and knowledge it needs.

    ``logic`` is None where the model says none; ``fault`` says why a decision read leniently can only be null.
    """

    id: str
    name: str
    variable: str
    logic: Logic | None
    type: feel.Type | None = None
    needs: tuple[Ref, ...] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Business knowledge: a function that decisions call by its name."""

    id: str
    name: str
    parameters: Sequence[tuple[str, feel.Type | None]]
    body: Logic | None
    type: feel.Type | None = None
    needs: tuple[Ref, ...] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """A decision service: which decisions it gives, and what it is given instead of making it."""

    id: str
    name: str
    outputs: tuple[Ref, ...]
    input_data: tuple[Ref, ...]
    input_decisions: tuple[Ref, ...]
    type: feel.Type | None = None


Element = InputData | Decision | Knowledge | Service


class Model(dict[str, Decision]):
    """A model, which is the mapping of its decisions by id; ``elements`` are all that it declares.

    ``types`` are its item definitions by name, ``tables`` all its tables, however deep; ``imports`` are other models by
    the name that this one gives them.
    """

    def __init__(self, namespace: str = "", lenient: bool = False) -> None:
        super().__init__()
        self.namespace, self.lenient = namespace, lenient
        self.elements: dict[str, Element] = {}
        self.types: dict[str, feel.Type] = {}
        self.imports: dict[str, Model] = {}
        self.tables: list[Table] = []

    def keep(self, element: Element) -> None:
        """Add the element, under its id."""
        self.elements[element.id] = element
        if isinstance(element, Decision):
            self[element.id] = element

    def with_all(self, elements: Iterable[Element]) -> "Model":
        """Return the model after the elements were added."""
        for each in elements:
            self.keep(each)
        return self

    def named(self, name: str) -> Element | None:
        """Return the element of that name, decisions and services before others."""
        found = [each for each in self.elements.values() if each.name == name]
        return min(found, key=lambda each: isinstance(each, InputData | Knowledge), default=None)

    def owner(self, namespace: str) -> "tuple[str, Model] | None":
        """Return the model of the namespace, and the name by which this one calls it (empty for itself)."""
        if namespace in ("", self.namespace):
            return "", self
        return next((each for each in self.imports.items() if each[1].namespace == namespace), None)
