"""What all parts of the compiler share: the document, the language, and the problems found so far."""

from typing import Any

from engine.bpmn import juel
from engine.bpmn.drawing import Language, Problem
from engine.bpmn.element import Element
from engine.bpmn.program import Expression
from engine.bpmn.reader import Sheet


class Context:
    """Compiles the texts of one process and collects what is wrong with it."""

    def __init__(self, sheet: Sheet, language: Language, process: Element) -> None:
        self.sheet, self.language, self.process = sheet, language, process
        self.problems: list[Problem] = []

    def error(self, code: str, element: Element, text: str) -> None:
        """Say what keeps the drawing from being deployed."""
        self._say(code, "error", element, text)

    def warn(self, code: str, element: Element, text: str) -> None:
        """Say what its author should know."""
        self._say(code, "warning", element, text)

    def strictly(self, code: str, element: Element, text: str) -> None:
        """Say what plain BPMN forbids and the Camunda dialect allows."""
        self._say(code, "warning" if self.sheet.is_camunda else "error", element, text)

    def _say(self, code: str, level: str, element: Element, text: str) -> None:
        self.problems.append(Problem(code, level, element.id or element.tag, element.line, text))

    def find(self, reference: str | None, *tags: str) -> Element | None:
        """Return the element at the root of the document to which the reference leads, if it has one of the tags."""
        found = self.sheet.named.get(reference or "") or self.sheet.named.get((reference or "").rpartition(":")[2])
        return found if found is not None and found.tag in tags else None

    # ---- texts

    def text(self, element: Element, name: str) -> Expression | None:
        """Return an attribute that is literal text unless it begins with ``=`` or ``${``."""
        text = element.attributes.get(name)
        if not text:
            return None
        return self.expression(element, text) if text.startswith(("=", "${", "#{")) else literal(text)

    def expression(self, element: Element, text: str) -> Expression:
        """Return the compiled text; what cannot be compiled is a problem. ``${...}`` is translated first."""
        return self._compiled(element, text, self.language.compile)

    def script(self, element: Element, text: str) -> Expression:
        """Return the compiled script."""
        return self._compiled(element, text, getattr(self.language, "script", self.language.compile))

    def _compiled(self, element: Element, text: str, compile_text: Any) -> Expression:
        plain = text.strip().removeprefix("=").strip()
        try:
            if plain.startswith(("${", "#{")):
                return self._translated(element, plain)
            compiled: Expression = compile_text(plain)
            return compiled
        except ValueError as error:
            hint = juel.hint(plain)
            self.error("X01", element, f"{error}{f' Write {hint} instead.' if hint else ''}")
            return nothing

    def _translated(self, element: Element, plain: str) -> Expression:
        try:
            translated = juel.to_feel(plain)
        except ValueError as error:
            self.error("X02", element, f"{plain} cannot be translated to FEEL: {error}")
            return nothing
        self.warn("X02", element, f"{plain} is read as {translated}")
        return self.language.compile(translated)


def literal(text: str) -> Expression:
    """Return an expression that always gives the text."""
    return lambda _variables: text


def variable(name: str) -> Expression:
    """Return an expression that gives the variable, null if it is not there."""
    return lambda variables: variables.get(name)


def nothing(_variables: Any) -> None:
    """Stand in for an expression that could not be compiled."""


def extensions(element: Element) -> list[Element]:
    """Return the element's extension elements."""
    found = element.first("extensionElements")
    return found.children if found is not None else []
