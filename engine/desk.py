"""What belongs to one person's desk: saved filters, follow-up dates, ready-made texts, choices for the pages."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select

from engine import tasks
from engine.desk_models import FollowUp, Preference, ReadyText, SavedFilter
from engine.errors import InvalidError
from engine.uow import UnitOfWork

MOST = 30


def saved_filters(uow: UnitOfWork) -> list[SavedFilter]:
    """Return the actor's saved filters by name."""
    query = select(SavedFilter).where(SavedFilter.person == uow.actor.name).order_by(SavedFilter.name)
    return list(uow.session.scalars(query))


def save_filter(uow: UnitOfWork, name: str, query: str) -> None:
    """Keep the query under the name; one of the same name is replaced. Raises InvalidError."""
    name = name.strip()
    if not name or len(name) > 60 or len(query) > 500:
        raise InvalidError(problems={"name": "is too long" if name else "is missing"})
    mine = saved_filters(uow)
    found = next((each for each in mine if each.name == name), None)
    if found is not None:
        found.query, found.saved_at = query, uow.now
        return
    if len(mine) >= MOST:
        raise InvalidError(problems={"name": "is one too many: drop another first"})
    uow.session.add(SavedFilter(person=uow.actor.name, name=name, query=query, saved_at=uow.now))


def keep_filter(uow: UnitOfWork, name: str, query: str) -> str:
    """Keep a filter that somebody shared beside the actor's own, none of which it replaces; return under which name.

    Raises InvalidError.
    """
    taken = {each.name for each in saved_filters(uow)}
    free = (name.strip(), *(f"{name.strip()[:55]} ({number})" for number in range(2, MOST + 2)))
    kept = next(each for each in free if each not in taken)
    save_filter(uow, kept, query)
    return kept


def drop_filter(uow: UnitOfWork, filter_id: UUID) -> None:
    """Forget the actor's saved filter; that of another stays."""
    mine = (SavedFilter.id == filter_id, SavedFilter.person == uow.actor.name)
    uow.session.execute(delete(SavedFilter).where(*mine))


def follow_up(uow: UnitOfWork, task_id: UUID, due_at: datetime | None) -> None:
    """Remember to look at the task again then; None forgets it. Raises NotFoundError for a task one may not see."""
    task = tasks.get_task(uow, task_id)
    uow.session.execute(delete(FollowUp).where(FollowUp.task_id == task.id, FollowUp.person == uow.actor.name))
    if due_at is not None:
        uow.session.add(FollowUp(task_id=task.id, person=uow.actor.name, due_at=due_at))


def follow_up_of(uow: UnitOfWork, task_id: UUID) -> datetime | None:
    """Return when the actor wants to look at the task again."""
    mine = (FollowUp.task_id == task_id, FollowUp.person == uow.actor.name)
    return uow.session.scalar(select(FollowUp.due_at).where(*mine))


def ready_texts(uow: UnitOfWork) -> list[ReadyText]:
    """Return the texts that the actor wrote or that the actor's unit shares, by title."""
    whose = [ReadyText.person == uow.actor.name]
    if uow.actor.unit_code:
        whose.append(ReadyText.unit_code == uow.actor.unit_code)
    return list(uow.session.scalars(select(ReadyText).where(or_(*whose)).order_by(ReadyText.title, ReadyText.id)))


def add_ready_text(uow: UnitOfWork, title: str, text: str, *, shared: bool = False) -> None:
    """Keep a text to be used again, for the actor's unit too if ``shared``. Raises InvalidError."""
    title, text = title.strip(), text.strip()
    problems = {name: "is missing" for name, value in (("title", title), ("text", text)) if not value}
    lengths = (("title", title, 60), ("text", text, 2000))
    problems |= {name: "is too long" for name, value, most in lengths if len(value) > most}
    if problems:
        raise InvalidError(problems=problems)
    unit = uow.actor.unit_code if shared else None
    uow.session.add(ReadyText(person=uow.actor.name, unit_code=unit, title=title, text=text))


def drop_ready_text(uow: UnitOfWork, text_id: UUID) -> None:
    """Forget a text that the actor wrote."""
    mine = (ReadyText.id == text_id, ReadyText.person == uow.actor.name)
    uow.session.execute(delete(ReadyText).where(*mine))


def settings(uow: UnitOfWork) -> dict[str, Any]:
    """Return what the actor has chosen; see ``settings_of``."""
    return settings_of(uow, uow.actor.name)


def settings_of(uow: UnitOfWork, person: str) -> dict[str, Any]:
    """Return what the person has chosen: ``keys`` (single keys in the inbox), ``large`` (type on the pages), ``mail``
    (the address to which notices go as letters too; empty for none)."""
    found = uow.session.get(Preference, person)
    return {"keys": True, "large": False, "mail": "", **(found.settings if found else {})}


def choose(uow: UnitOfWork, **chosen: Any) -> None:
    """Keep the actor's choices."""
    found = uow.session.get(Preference, uow.actor.name)
    if found is None:
        uow.session.add(Preference(person=uow.actor.name, settings=chosen))
    else:
        found.settings = {**found.settings, **chosen}
