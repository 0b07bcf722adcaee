"""Rules of a table that overlap, and values that no rule takes. Source: DMN 1.5, 8.2.8 (completeness, consistency)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a table that its author should look at. ``rules`` are numbers from 1."""

    table: str
    kind: str
    rules: tuple[int, ...]
    text: str


def check(decisions: object) -> list[Finding]:
    return []
