"""Where a case stands: live tokens, scopes with their variables, tokens at joins. JSON in, JSON out; no history.

The only module that knows how the text is made. Not here: how a state changes (``machine``).
"""

from dataclasses import dataclass, field
from typing import Any

import orjson

VERSION = 1

Token = dict[str, Any]
Scope = dict[str, Any]


@dataclass(slots=True)
class State:
    """A case's tokens and scopes by id.

    ``joins``: "scope/node" -> flow id -> tokens that arrived over it. ``reset``: complex gateways that have passed and
    wait for the late, -> the flows that were used. ``undo``: scope -> what can be compensated in it, oldest first.
    """

    seq: int = 0
    programs: dict[str, int] = field(default_factory=dict)
    scopes: dict[str, Scope] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    joins: dict[str, dict[str, int]] = field(default_factory=dict)
    reset: dict[str, list[str]] = field(default_factory=dict)
    undo: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    @classmethod
    def new(cls) -> "State":
        """Return the state of a case in which nothing has started."""
        return cls()

    @classmethod
    def load(cls, text: str) -> "State":
        """Return the state that ``dump`` wrote. Raises ValueError for another format."""
        raw = orjson.loads(text)
        if raw.get("v") != VERSION:
            raise ValueError(f"state of format {raw.get('v')!r}, this program reads {VERSION}")
        more = raw.get("reset", {}), raw.get("undo", {})
        return cls(raw["seq"], raw["programs"], raw["scopes"], raw["tokens"], raw["joins"], *more)

    def dump(self) -> str:
        """Return the state as JSON text; loading it gives an equal state."""
        parts: dict[str, Any] = {
            "v": VERSION,
            "seq": self.seq,
            "programs": self.programs,
            "scopes": self.scopes,
            "tokens": self.tokens,
            "joins": self.joins,
        }
        if self.reset:
            parts["reset"] = self.reset
        if self.undo:
            parts["undo"] = self.undo
        return orjson.dumps(parts).decode()
