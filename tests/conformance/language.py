"""A test-only language: the public cases carry Python. The product has FEEL and nothing else."""

from collections.abc import Callable
from typing import Any


class _Names(dict[str, Any]):
    """Variables; a name that nobody wrote is False.

    The steps of some cases leave out a value that the original test sets, such as ``valid`` in Camunda's test of
    compensation; without it they would test nothing.
    """

    def __missing__(self, name: str) -> bool:
        return False


class Python:
    """Compiles Python texts; scripts may call the functions that the driver supplies."""

    formats = ("python", "")

    def __init__(self, functions: dict[str, Callable[..., Any]]) -> None:
        self.functions = functions

    def compile(self, text: str) -> Callable[[Any], Any]:
        """Return a function that evaluates the expression over the variables."""
        code = _compiled(text, "eval")

        def evaluate(variables: Any) -> Any:
            return eval(code, {"__builtins__": {}}, _Names(variables))

        return evaluate

    def script(self, text: str) -> Callable[[Any], Any]:
        """Return a function that runs the script and gives what it assigned."""
        code = _compiled(text, "exec")

        def run(variables: Any) -> dict[str, Any]:
            names = dict(variables)
            written: dict[str, Any] = {}
            functions = {name: each(names, written) for name, each in self.functions.items()}
            exec(code, {"__builtins__": {}, **functions}, names)
            changed = {
                name: value for name, value in names.items() if name not in variables or variables[name] != value
            }
            return {**changed, **written}

        run.text = text
        return run


def _compiled(text: str, mode: str) -> Any:
    try:
        return compile(text, "<case>", mode)
    except SyntaxError as error:
        raise ValueError(f"{text!r}: {error}") from error
