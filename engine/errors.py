"""The errors that the engine raises for its callers.

    EngineError
    ├── NotFoundError    no such thing, or none that this actor may see      404
    ├── ForbiddenError   it exists; this actor may not do that to it         403
    ├── ConflictError    it has moved on: completed, closed, changed         409  (both are kept if a case is locked)
    │   └── RefusedError a rule refuses it; kept in the case's chain         409
    └── InvalidError     the input is malformed; .problems: place -> what    422

A fault inside a process is not an error but a ``Failure`` row; a BPMN error is part of the drawing.
"""

from collections.abc import Mapping
from uuid import UUID


class EngineError(Exception):
    """Something that the engine refuses to do.

    ``template`` is the sentence with the names of its ``values`` in braces, so that pages can say it in the user's
    language.
    """

    def __init__(self, template: str | None = None, **values: object) -> None:
        """A value that is a mapping holds a name by language."""
        self.template = template or (self.__doc__ or "").strip()
        self.values = values
        super().__init__(self.template.format(**self.values_in("en")) if values else self.template)

    def values_in(self, language: str) -> dict[str, object]:
        """Return the values as the language names them."""
        return {
            name: value.get(language) or next(iter(value.values()), "") if isinstance(value, Mapping) else value
            for name, value in self.values.items()
        }


class NotFoundError(EngineError):
    """There is no such thing."""


class ForbiddenError(EngineError):
    """You may not do that."""

    #: the rule of the house that refuses it, and its version, which rises when its meaning changes
    rule, version = "access", 1


class ConflictError(EngineError):
    """It was changed by someone else meanwhile."""

    rule, version = "state", 1


class RefusedError(ConflictError):
    """A rule of the city refuses it."""

    def __init__(
        self,
        action: str,
        rule: str,
        version: int,
        words: Mapping[str, str],
        case_id: UUID | None = None,
        given: Mapping[str, object] | None = None,
    ) -> None:
        """``action``: what was asked, a noun; ``rule``, ``version``: of the table that refuses it; ``words``: language
        -> why, and what is possible instead; ``given``: what was refused, to be kept with the refusal.
        """
        self.given = dict(given or {})
        self.action, self.rule, self.version, self.words, self.case_id = action, rule, version, dict(words), case_id
        why = self.words.get("en") or next(iter(self.words.values()), "")
        super().__init__("{why} (rule {rule}, version {version})", why=why, rule=rule, version=version)


class InvalidError(EngineError):
    """The input is not valid."""

    def __init__(self, message: str | None = None, problems: Mapping[str, str] | None = None) -> None:
        self.problems: dict[str, str] = dict(problems or {})
        if message is None and self.problems:
            message = "; ".join(f"{place}: {what}" for place, what in self.problems.items())
        super().__init__(message)
