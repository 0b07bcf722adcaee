"""How arguments meet the parameters of a built-in function: by place or by name, with FEEL's conversions.

A signature is text, such as ``substring(string: string, start position: number, length?: number)``: ``?`` may be left
out, ``|`` parts alternatives, ``any`` takes null too,
``list...: list`` takes a list or single arguments, ``item...: any`` single arguments only. An argument that does
not fit gives null. Source: DMN 1.5, 10.3.4 (tables of functions), 10.3.2.9.4 (conversions).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.feel.budget import FeelError, checked_list, checked_text, spend, warn
from engine.feel.values import Function, kind

FAULTS = (TypeError, ValueError, ArithmeticError, AttributeError, LookupError)
DURATIONS = {"duration": "days and time duration|years and months duration"}


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a function. ``kinds`` are the kinds that each parameter takes, None for all of them."""

    text: str
    names: tuple[str, ...]
    kinds: tuple[frozenset[str] | None, ...]
    needed: int
    variadic: bool
    run: Callable[..., Any]

    def bound(self, given: list[Any]) -> list[Any] | None:
        """Return the arguments as the parameters want them, or None if they do not fit."""
        if self.variadic:
            given = _gathered(given, len(self.names), self.kinds[-1] is not None)
        if not self.needed <= len(given) <= len(self.names):
            return None
        found = []
        for value, kinds in zip(given, self.kinds, strict=False):
            fit = _fitted(value, kinds)
            if fit is MISFIT:
                return None
            found.append(fit)
        return found

    def placed(self, named: Mapping[str, Any]) -> list[Any] | None:
        """Return the arguments in order, or None if the names are not those of the parameters."""
        if not named.keys() <= set(self.names) or any(name not in named for name in self.names[: self.needed]):
            return None
        last = max((self.names.index(name) for name in named), default=-1)
        return [named.get(name) for name in self.names[: last + 1]]


MISFIT = object()


def _gathered(given: list[Any], length: int, spread: bool) -> list[Any]:
    """Return the arguments with those from the last parameter on as one list; ``spread`` if they may be one already."""
    if spread and len(given) == length and (given[-1] is None or isinstance(given[-1], list)):
        return given
    return [*given[: length - 1], given[length - 1 :]] if len(given) >= length else given


def _fitted(value: Any, kinds: frozenset[str] | None) -> Any:
    if kinds is None:
        return value
    found = kind(value)
    if found in kinds:
        return value
    if found == "list" and len(value) == 1 and kind(value[0]) in kinds:
        return value[0]
    return [value] if "list" in kinds and value is not None else MISFIT


def signature(text: str, run: Callable[..., Any]) -> tuple[str, Signature]:
    """Return the function's name and the signature that the text says."""
    found = re.fullmatch(r"([^(]+)\((.*)\)", text)
    assert found is not None
    names, kinds, needed, variadic = [], [], 0, False
    for part in filter(None, found[2].split(", ")):
        name, _, wanted = part.partition(": ")
        variadic = name.endswith("...")
        needed += not name.endswith("?")
        names.append(name.rstrip("?."))
        wanted = DURATIONS.get(wanted, wanted)
        kinds.append(None if wanted == "any" else frozenset(wanted.split("|")))
    return found[1], Signature(text, tuple(names), tuple(kinds), needed, variadic, run)


def guarded(name: str, run: Callable[..., Any], given: list[Any]) -> Any:
    """Return what the function gives; arguments that do not fit give null and a warning."""
    try:
        found = run(*given)
    except FeelError:
        raise
    except FAULTS as error:
        warn("{} gives null: {}", name, str(error))
        return None
    if found is None:
        warn("{} gives null", name)
    return found


class BuiltIn:
    """A built-in function with all its signatures."""

    __slots__ = ("name", "signatures")

    def __init__(self, name: str, signatures: list[Signature]) -> None:
        self.name, self.signatures = name, signatures

    def call(self, given: list[Any]) -> Any:
        """Return what the function gives for arguments in order; null if they fit no signature."""
        for each in self.signatures:
            bound = each.bound(given)
            if bound is not None:
                return self._result(each, bound)
        warn("{}({}) fits none of: {}", self.name, ", ".join(map(kind, given)), self._texts())
        return None

    def call_named(self, named: dict[str, Any]) -> Any:
        """Return what the function gives for arguments by name; null if they fit no signature."""
        for each in self.signatures:
            placed = each.placed(named)
            bound = each.bound(placed) if placed is not None else None
            if bound is not None:
                return self._result(each, bound)
        warn("{}({}) fits none of: {}", self.name, ", ".join(named), self._texts())
        return None

    def _result(self, chosen: Signature, bound: list[Any]) -> Any:
        for each in bound:
            if type(each) is list:
                spend(2 * len(each))
            elif type(each) is str:
                spend(len(each) >> 6)
        found = guarded(self.name, chosen.run, bound)
        if type(found) is str:
            return checked_text(found)
        if type(found) is list:
            return checked_list(found)
        return found

    def _texts(self) -> str:
        return "; ".join(each.text for each in self.signatures)

    def value(self) -> Function:
        """Return the function as a value that can be handed on."""
        names = self.signatures[0].names
        return Function(self.name, names, self.call, self.call_named)


def table(*entries: tuple[str, Callable[..., Any]]) -> dict[str, list[Signature]]:
    """Return name -> signatures of (signature text, function)."""
    found: dict[str, list[Signature]] = {}
    for text, run in entries:
        name, made = signature(text, run)
        found.setdefault(name, []).append(made)
    return found
