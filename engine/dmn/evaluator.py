"""Making decisions: the requirements first, each once; business knowledge and decision services as functions.

Source: DMN 1.5, clauses 6.3, 7.3 and 10.4.
"""

from collections.abc import Mapping
from typing import Any

from engine import feel
from engine.dmn.items import typed
from engine.dmn.model import Decision, Element, InputData, Knowledge, Model, Ref, Service
from engine.dmn.tables import DmnError, Table
from engine.feel.budget import turn

Values = Mapping[str, Any]
Made = tuple[Any, tuple[int, ...]]


class Evaluation:
    """One making of decisions over the variables; what was decided already is not decided again."""

    def __init__(self, variables: Values) -> None:
        self.variables = dict(variables)
        self._made: dict[tuple[int, str], Made] = {}

    def preset(self, model: Model, key: str, value: Any) -> None:
        """Take the value for the decision instead of making it."""
        self._made[id(model), key] = (value, ())

    def decide(self, model: Model, key: str, above: tuple[str, ...] = ()) -> Made:
        """Return the value of the decision and the rules that matched. Raises DmnError."""
        place = (id(model), key)
        if place in self._made:
            return self._made[place]
        if key in above:
            raise DmnError(f"decisions require each other: {' -> '.join((*above, key))}")
        decision = model[key]
        if decision.fault:
            feel.warn("decision {}: {}", decision.name, decision.fault)
            self._made[place] = (None, ())
            return None, ()
        if model.lenient and (decision.variable in self.variables and decision.logic is None):
            found: Made = (self.variables[decision.variable], ())
        else:
            scope = self._scope(model, decision.needs, (*above, key))
            found = self._valued(model, decision, scope)
        value = feel.coerced(found[0], decision.type, f"decision {decision.name}: ")
        self._made[place] = (value, found[1])
        return self._made[place]

    def _valued(self, model: Model, decision: Decision, scope: dict[str, Any]) -> Made:
        if decision.logic is None:
            feel.warn("decision {} has no logic", decision.name)
            return None, ()
        try:
            if isinstance(decision.logic, Table):
                return decision.logic.decide(scope)
            return decision.logic(scope), ()
        except (DmnError, feel.FeelError) as error:
            if not model.lenient:
                raise
            feel.warn("decision {}: {}", decision.name, str(error))
            return None, ()

    def _scope(self, model: Model, needs: tuple[Ref, ...], above: tuple[str, ...]) -> dict[str, Any]:
        """Return what the logic sees: the variables, and the values of what it requires by name."""
        scope = dict(self.variables)
        merged: set[str] = set()
        for namespace, key in needs:
            owner = model.owner(namespace)
            if owner is None or key not in owner[1].elements:
                feel.warn("requires {}, which is not at hand", key)
                continue
            name, found = owner
            element = found.elements[key]
            value = self._value(found, element, name, above)
            called = element.variable if isinstance(element, Decision) else element.name
            if not name:
                scope[called] = value
                continue
            if name not in merged:
                scope[name] = dict(scope[name]) if isinstance(scope.get(name), dict) else {}
                merged.add(name)
            scope[name][called] = value
        return scope

    def _value(self, model: Model, element: Element, name: str, above: tuple[str, ...]) -> Any:
        if isinstance(element, InputData):
            return self._input(element, name)
        if isinstance(element, Decision):
            given = element.variable
            if (id(model), element.id) in self._made:
                return self._made[id(model), element.id][0]
            if not name and given in self.variables:
                return feel.coerced(typed(self.variables[given], element.type), element.type, f"{given}: ")
            return self.decide(model, element.id, above)[0]
        if isinstance(element, Knowledge):
            return self.function(model, element)
        return self.service(model, element)

    def _input(self, element: InputData, name: str) -> Any:
        own = self.variables.get(name) if name else None
        found = own[element.name] if isinstance(own, dict) and element.name in own else self.variables.get(element.name)
        return feel.coerced(typed(found, element.type), element.type, f"input {element.name}: ")

    def function(self, model: Model, knowledge: Knowledge) -> feel.Function:
        """Return the business knowledge as a function; it sees its arguments and what it requires."""

        def body(given: dict[str, Any]) -> Any:
            if knowledge.fault:
                feel.warn("{}: {}", knowledge.name, knowledge.fault)
                return None
            scope = {**self._scope(model, knowledge.needs, ()), knowledge.name: made, **given}
            turn(scope, getattr(knowledge.body, "weight", 0))
            if isinstance(knowledge.body, Table):
                return knowledge.body.decide(scope)[0]
            return knowledge.body(scope) if knowledge.body is not None else None

        made = feel.function(knowledge.name, knowledge.parameters, body, knowledge.type)
        return made

    def service(self, model: Model, service: Service) -> feel.Function:
        """Return the decision service as a function of its input data and input decisions."""

        def body(given: dict[str, Any]) -> Any:
            surroundings = {name: value for name, value in self.variables.items() if name.startswith("$")}
            made = outputs(model, service, given, surroundings)
            return next(iter(made.values())) if len(service.outputs) == 1 else made

        return feel.function(service.name, parameters_of(model, service), body, service.type)


def outputs(model: Model, service: Service, given: Values, surroundings: Values) -> dict[str, Any]:
    """Return the service's output decisions by name; its input decisions are not made but taken from ``given``."""
    evaluation = Evaluation({**surroundings, **given})
    for namespace, key in service.input_decisions:
        owner = model.owner(namespace)
        if owner is not None and key in owner[1]:
            decision = owner[1][key]
            value = feel.coerced(given.get(decision.variable), decision.type, f"{decision.variable}: ")
            evaluation.preset(owner[1], key, value)
    found = {}
    for namespace, key in service.outputs:
        owner = model.owner(namespace)
        if owner is not None and key in owner[1]:
            found[owner[1][key].variable] = evaluation.decide(owner[1], key)[0]
    return found


def parameters_of(model: Model, service: Service) -> list[tuple[str, feel.Type | None]]:
    """Return names and types of what the service is given: its input data, then its input decisions."""
    parameters = []
    for namespace, key in (*service.input_data, *service.input_decisions):
        owner = model.owner(namespace)
        element = owner[1].elements.get(key) if owner is not None else None
        if isinstance(element, InputData):
            parameters.append((element.name, element.type))
        elif isinstance(element, Decision):
            parameters.append((element.variable, element.type))
    return parameters
