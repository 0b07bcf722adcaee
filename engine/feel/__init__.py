"""FEEL, the one expression language of Muster: compiled once to closures, without side effects, within budgets."""

from engine.feel.compiler import Expression, compile, compile_unary
from engine.feel.values import FeelError, Range, YearsMonths

__all__ = ["Expression", "FeelError", "Range", "YearsMonths", "compile", "compile_unary"]
