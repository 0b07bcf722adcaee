"""FEEL, the one expression language of Muster: compiled once to closures, without side effects, within budgets."""

from engine.feel.budget import FeelError, allow, budget, listening, warn
from engine.feel.calls import function, invoke, invoke_named
from engine.feel.expressions import Expression, compile, compile_unary
from engine.feel.reading import Scope
from engine.feel.times import read_at
from engine.feel.types import Type, coerced
from engine.feel.values import Function, Range, YearsMonths

__all__ = [
    "Expression",
    "FeelError",
    "Function",
    "Range",
    "Scope",
    "Type",
    "YearsMonths",
    "allow",
    "budget",
    "coerced",
    "compile",
    "compile_unary",
    "function",
    "invoke",
    "invoke_named",
    "listening",
    "read_at",
    "warn",
]
