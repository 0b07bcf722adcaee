"""The built-in functions by name: those of the standard, and the house's own. Source: DMN 1.5, clause 10.3.4.

The house's own: ``trim``, ``coalesce``, ``is defined``, ``working time after``.
"""

from collections.abc import Callable, Mapping
from typing import Any

from engine.feel import dates, lists, numbers, ranges, texts
from engine.feel.signatures import BuiltIn, table

OWN = table(
    ("not(negand: boolean)", lambda value: not value),
    ("is defined(value: any)", lambda value: value is not None),
    ("coalesce(values...: list)", lambda values: next((each for each in values if each is not None), None)),
)
#: functions that also need what surrounds the expression: the moment, the zone, the calendar
SURROUNDED: Mapping[str, tuple[int, Callable[..., Any]]] = {
    "now": (0, dates.now),
    "today": (0, dates.today),
    "working time after": (3, dates.working_time_after),
}
TABLES = (OWN, numbers.TABLE, texts.TABLE, lists.TABLE, dates.TABLE, ranges.TABLE)
FUNCTIONS: Mapping[str, BuiltIn] = {
    name: BuiltIn(name, signatures) for each in TABLES for name, signatures in each.items()
} | {name: BuiltIn(name, []) for name in SURROUNDED}
#: functions that cost next to nothing, however they are called
LIGHT = {"not", "count", "contains", "starts with", "ends with", "string length", "now", "today", "sum", "min", "max"}
#: steps of functions that cost more than others, their lists and texts apart
COSTS = {"exp": 50, "log": 160, "sqrt": 20, "mode": 10, "string": 8, "number": 8, "range": 20, "sort": 10}
COSTS |= dict.fromkeys((*dates.TABLE, "now", "today", "working time after"), 25)
COSTS |= dict.fromkeys(("matches", "replace", "split"), 20)
