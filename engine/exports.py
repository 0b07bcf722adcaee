"""Lists as files: who took which one out of the house is noted. Not here: how a file is written."""

from engine.uow import UnitOfWork


def note(uow: UnitOfWork, what: str, narrowed: dict[str, str], rows: int) -> None:
    """Note in the stream ``exports`` that the actor took the list, narrowed like that, with so many rows."""
    uow.record("list.exported", "exports", what=what, narrowed=narrowed, rows=rows)
