"""FEEL types: what is an instance of what, and the coercions that a declared type brings.

A value that does not conform to its declared type becomes null. Source: DMN 1.5, 10.3.2.9 (type conformance) and
10.3.2.9.4 (conversions).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, time
from typing import Any

from engine.feel.budget import warn
from engine.feel.calendar import moment_of
from engine.feel.values import Function, Range, kind

#: whether a value satisfies the allowed values of an item definition
Allowed = Callable[[Any], bool]


@dataclass(slots=True, eq=False)
class Type:
    """A type. ``base`` is a FEEL type's name, or ``Any``; the other fields belong to list, range, context, function.

    ``allowed`` limits the values beyond what ``instance of`` asks; ``nested`` limits those of a list's items.
    """

    base: str = "Any"
    item: "Type | None" = None
    entries: Mapping[str, "Type"] = field(default_factory=dict)
    parameters: "Sequence[Type] | None" = None
    result: "Type | None" = None
    allowed: Allowed | None = None

    def has(self, value: Any) -> bool:
        """Say whether the value is null or conforms to the type, its allowed values apart."""
        if value is None or self.base == "Any":
            return True
        if kind(value) != self.base:
            return False
        if self.base == "list":
            return self.item is None or all(self.item.has(each) for each in value)
        if self.base == "context":
            return all(name in value and each.has(value[name]) for name, each in self.entries.items())
        if self.base == "range":
            return self.item is None or self._has_ends(value)
        return self._has_function(value) if self.base == "function" else True

    def _has_ends(self, value: Range) -> bool:
        assert self.item is not None
        return self.item.has(value.start) and self.item.has(value.end)

    def _has_function(self, value: Function) -> bool:
        if self.parameters is not None:
            types = value.types or (None,) * len(value.parameters)
            if len(types) != len(self.parameters):
                return False
            if not all(within(wanted, given) for wanted, given in zip(self.parameters, types, strict=True)):
                return False
        return self.result is None or value.result is None or within(value.result, self.result)

    def allows(self, value: Any) -> bool:
        """Say whether the value, which conforms, is one of the allowed values, all the way down."""
        if self.allowed is not None and not self.allowed(value):
            return False
        if value is None:
            return True
        if self.base == "list" and self.item is not None:
            return all(self.item.allows(each) for each in value)
        return all(each.allows(value.get(name)) for name, each in self.entries.items() if value.get(name) is not None)


ANY = Type()
SIMPLE = (
    *"number string boolean date time list context range function".split(),
    "date and time",
    "days and time duration",
    "years and months duration",
)
TYPES: dict[str, Type] = {name: Type(name) for name in SIMPLE}
TYPES |= {
    "Any": ANY,
    "Null": Type("null"),
    "dateTime": TYPES["date and time"],
    "dayTimeDuration": TYPES["days and time duration"],
    "yearMonthDuration": TYPES["years and months duration"],
    "day time duration": TYPES["days and time duration"],
    "year month duration": TYPES["years and months duration"],
    "days and time duration": TYPES["days and time duration"],
}


def built_in_type(name: str, parts: Sequence[tuple[str, Type]], result: Type | None) -> Type:
    """Return ``list<…>``, ``range<…>``, ``context<…>`` or ``function<…> -> …``."""
    types = [each for _, each in parts]
    if name in ("list", "range"):
        return Type(name, item=types[0] if types else None)
    if name == "context":
        return Type(name, entries=dict(parts))
    return Type(name, parameters=types, result=result)


def instance_of(value: Any, wanted: Type) -> bool:
    """Say whether the value is an instance of the type; null is one of ``Null`` only."""
    if value is None:
        return wanted.base == "null"
    return wanted.has(value)


def within(narrow: Type | None, wide: Type | None) -> bool:
    """Say whether every value of the first type conforms to the second. None is any type."""
    if wide is None or wide.base == "Any":
        return True
    if narrow is None or narrow.base != wide.base:
        return narrow is not None and narrow.base == "null"
    if wide.base in ("list", "range"):
        return wide.item is None or within(narrow.item or ANY, wide.item)
    if wide.base == "context":
        return all(name in narrow.entries and within(narrow.entries[name], each) for name, each in wide.entries.items())
    if wide.base != "function" or wide.parameters is None or narrow.parameters is None:
        return True
    return (
        len(narrow.parameters) == len(wide.parameters)
        and all(within(theirs, ours) for ours, theirs in zip(narrow.parameters, wide.parameters, strict=True))
        and within(narrow.result, wide.result)
    )


def coerced(value: Any, wanted: Type | None, place: str = "") -> Any:
    """Return the value as the declared type has it, or null with a warning.

    A list of one becomes its item, an item a list of one, a date its midnight in UTC, where the type asks for it.
    """
    if wanted is None or (value is None and wanted.allowed is None):
        return value
    found = value if wanted.has(value) else _converted(value, wanted)
    if (found is None) != (value is None) or not wanted.has(found):
        warn("{}a {} does not conform to {}", place, kind(value), wanted.base)
        return None
    if not wanted.allows(found):
        warn("{}{} is none of the allowed values", place, found)
        return None
    return found


def _converted(value: Any, wanted: Type) -> Any:
    if isinstance(value, list) and wanted.base != "list":
        return _converted(value[0], wanted) if len(value) == 1 else None
    if wanted.base == "list" and not isinstance(value, list):
        return [value]
    if wanted.base == "date and time" and kind(value) == "date":
        return moment_of(value, time(tzinfo=UTC))
    return value
