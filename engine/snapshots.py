"""Reading a thing once: within one snapshot nothing changes, so that asking again would give the same rows.

A page asks several parts of the house about the same case. Each part may go on asking for all that it needs.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from sqlalchemy.orm import Session


class Looking(Protocol):
    """A unit of work as far as it reads."""

    info: dict[Any, Any]
    is_snapshot: bool

    @property
    def session(self) -> Session: ...


L = TypeVar("L", bound=Looking)
P = ParamSpec("P")
T = TypeVar("T")


def once(read: Callable[Concatenate[L, P], T]) -> Callable[Concatenate[L, P], T]:
    """Let the function be called once for the same arguments within a snapshot; in a transaction each time.

    The arguments are hashable. What it returns is handed to all who ask, so nobody changes it.
    """

    @wraps(read)
    def found(uow: L, /, *asked: P.args, **named: P.kwargs) -> T:
        if not uow.is_snapshot:
            return read(uow, *asked, **named)
        key = (read, asked, *named.items())
        if key not in uow.info:
            uow.info[key] = read(uow, *asked, **named)
        known: T = uow.info[key]
        return known

    return found
