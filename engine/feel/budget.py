"""What one evaluation may spend, and why a value became null. Both belong to the evaluation, not to the expression.

A step is about what a node of an expression costs: each turn of a loop and each call pays for the nodes inside it,
each built-in for the list elements it touches. Warnings are collected only
while somebody listens, so they cost nothing else. Source: security.md 2.3; DMN 1.5, 10.3.1.3 (null and its reason).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

STEP_LIMIT = 100_000
CALL_LIMIT = 40
TEXT_LIMIT = 100_000
LIST_LIMIT = 10_000
RESULT_LIMIT = 100_000
WARNING_LIMIT = 100


class FeelError(ValueError):
    """The text is no FEEL, or an evaluation passed its budget."""

    def __init__(self, message: str, text: str = "", line: int = 0, column: int = 0) -> None:
        super().__init__(f"{message}, in {text[:120]!r}, line {line}, column {column}" if text else message)
        self.message, self.text, self.line, self.column = message, text, line, column


class Steps:
    """Counts the steps and the nested calls of one evaluation."""

    __slots__ = ("calls", "left", "limit")

    def __init__(self, limit: int = STEP_LIMIT) -> None:
        self.limit, self.left, self.calls = limit, limit, 0

    def spend(self, amount: int = 1) -> None:
        """Count steps. Raises FeelError when the budget is used up."""
        self.left -= amount
        if self.left < 0:
            raise FeelError(f"more than {self.limit} steps")


_STEPS: ContextVar[Steps | None] = ContextVar("steps", default=None)
_ALLOWANCE: ContextVar[Steps | None] = ContextVar("allowance", default=None)
_WARNINGS: ContextVar[list[str] | None] = ContextVar("warnings", default=None)


@contextmanager
def budget() -> Iterator[None]:
    """Let everything inside share one budget: the one that is open already, or a new one out of the allowance."""
    if _STEPS.get() is not None:
        yield
        return
    allowance = _ALLOWANCE.get()
    steps = Steps()
    if allowance is not None and allowance.left < STEP_LIMIT:
        steps.limit, steps.left = allowance.limit, allowance.left
    before = steps.left
    token = _STEPS.set(steps)
    try:
        yield
    except RecursionError:
        raise FeelError("nested too deeply") from None
    finally:
        _STEPS.reset(token)
        if allowance is not None:
            allowance.left -= before - max(steps.left, 0)


@contextmanager
def allow(limit: int) -> Iterator[None]:
    """Let all evaluations inside together take no more than so many steps, each of them no more than its own budget."""
    if _ALLOWANCE.get() is not None:
        yield
        return
    token = _ALLOWANCE.set(Steps(limit))
    try:
        yield
    except RecursionError:
        raise FeelError("nested too deeply") from None
    finally:
        _ALLOWANCE.reset(token)


def current() -> Steps:
    """Return the budget that is open, else the allowance, else a budget that nobody shares."""
    return _STEPS.get() or _ALLOWANCE.get() or Steps()


def spend(amount: int = 1) -> None:
    """Count steps in the budget that is open. Raises FeelError when it is used up, or by itself too much."""
    current().spend(amount)


@contextmanager
def listening() -> Iterator[list[str]]:
    """Collect the warnings of every evaluation inside, in order, each said once."""
    found: list[str] = []
    token = _WARNINGS.set(found)
    try:
        yield found
    finally:
        _WARNINGS.reset(token)


def turn(variables: Mapping[str, Any], weight: int) -> None:
    """Pay for one turn of a loop or one call: a copy of the variables, and the nodes inside. Raises as ``spend``."""
    spend(2 + weight + (len(variables) >> 4))


def warn(text: str, *details: Any) -> None:
    """Say why a value is null, to whoever listens; ``details`` fill ``{}`` and are only then shown."""
    found = _WARNINGS.get()
    if found is not None and len(found) < WARNING_LIMIT:
        said = text.format(*(_shown(each) for each in details))
        if said not in found:
            found.append(said)


def warnings_so_far() -> list[str] | None:
    """Return the list that warnings go to, or None when nobody listens."""
    return _WARNINGS.get()


def _shown(value: Any) -> str:
    if isinstance(value, list | dict):
        return f"a {'list' if isinstance(value, list) else 'context'} of {len(value)}"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def checked_text(text: str) -> str:
    """Return the text, 64 characters a step. Raises FeelError if it is longer than a text may be."""
    if len(text) > 256:
        spend(len(text) >> 6)
    if len(text) > TEXT_LIMIT:
        raise FeelError(f"a text of more than {TEXT_LIMIT} characters")
    return text


def checked_list(items: list[Any]) -> list[Any]:
    """Return the list, its nested parts paid for. Raises FeelError if it is longer than a list may be."""
    if len(items) > LIST_LIMIT:
        raise FeelError(f"a list of more than {LIST_LIMIT} items")
    for item in items:
        if type(item) is list or type(item) is dict:
            spend(2 * size(item, STEP_LIMIT))
    return items


def size(value: Any, limit: int = RESULT_LIMIT) -> int:
    """Return the cells of a value as they would be written, shared parts counted each time. Stops above ``limit``."""
    count, waiting = 0, [value]
    while waiting:
        found = waiting.pop()
        count += 1
        if type(found) is list or type(found) is dict:
            parts: list[Any] = list(found.values()) if isinstance(found, dict) else found
            count += len(parts) if len(parts) + count > limit else 0
            if count <= limit:
                waiting.extend(parts)
        elif type(found) is str:
            count += len(found) >> 6
        if count > limit:
            return limit + 1
    return count


def checked_result(value: Any) -> Any:
    """Return the value. Raises FeelError if it is larger than a result may be."""
    if isinstance(value, list | Mapping) and size(value) > RESULT_LIMIT:
        raise FeelError(f"a result of more than {RESULT_LIMIT} cells")
    return value
