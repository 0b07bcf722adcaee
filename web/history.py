"""What happened to a case, line by line, out of its audit chain. Not here: how a line looks (``case.html``)."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from web.filters import SENTENCES, activity


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened to the case."""

    at: datetime
    actor: str
    sentence: str  #: a key of ``web.words``
    step: str  #: the name of the activity, empty where there is none
    units: tuple[str, ...]  #: codes of the units that the task was offered to
    why: str  #: of a failure


def unit_codes(groups: Iterable[str]) -> tuple[str, ...]:
    """Return the codes of the units whose people or heads are among the groups, each once."""
    return tuple(dict.fromkeys(each.split(":")[1] for each in groups if each.startswith("unit:")))


def offers(chain: Iterable[Any]) -> dict[str, tuple[str, ...]]:
    """Return token -> codes of the units that its task was offered to, for all tasks that the case ever had."""
    opened = (json.loads(entry.body)["details"] for entry in chain if entry.action == "task.opened")
    return {details["token"]: unit_codes(details.get("candidates") or ()) for details in opened}


def lines(chain: Iterable[Any], tasks: Iterable[Any], steps: Mapping[str, str], language: str) -> list[Line]:
    """Return the lines of the entries that a reader wants to see, oldest first.

    chain: entries of the case's audit chain; ``steps``: activity -> name of what the case's own diagram shows; called
    processes are known by the tasks that they opened.
    """
    chain, known = list(chain), {str(task.id): task for task in tasks}
    names = {**steps, **{task.activity_id: activity(task, language) for task in known.values()}}
    offered, found = offers(chain), []
    for entry in chain:
        if entry.action not in SENTENCES:
            continue
        details = json.loads(entry.body)["details"]
        task, place = known.get(details.get("task", "")), details.get("activity", "")
        units = offered.get(details.get("token") or (task.token if task else ""), ())
        step = names.get(place) or details.get("name") or place
        why = details.get("why", "")
        why = why.get(language, "") if isinstance(why, dict) else why
        found.append(Line(entry.at, entry.actor, SENTENCES[entry.action], step, units, why))
    return found


@dataclass(frozen=True, slots=True)
class Step:
    """An activity of the diagram as a row: what the drawing shows to those who cannot see it."""

    name: str
    state: str  #: now, failed, done or empty
    times: int  #: how often it was done
    at: datetime | None  #: when it was reached last
    actor: str


def way(layout: Any, marks: Any, chain: Iterable[Any]) -> list[Step]:
    """Return the activities of the drawing, those that the case reached first, in the order in which it did."""
    reached: dict[str, tuple[int, datetime, str]] = {}
    done: dict[str, int] = {}
    for number, entry in enumerate(chain):
        place = json.loads(entry.body)["details"].get("activity", "")
        if entry.action in ("activity.entered", "task.opened", "task.completed"):
            first = reached.get(place, (number, entry.at, ""))[0]
            reached[place] = (first, entry.at, entry.actor if entry.action == "task.completed" else "")
        if entry.action == "activity.completed":
            done[place] = done.get(place, 0) + 1
    boxes = [shape for shape in layout.shapes if shape.name and shape.kind.endswith(("Task", "Activity", "task"))]
    boxes.sort(key=lambda shape: reached[shape.id][0] if shape.id in reached else len(boxes) + 10**6)
    return [
        Step(
            shape.name,
            _state(shape.id, marks),
            done.get(shape.id, 0),
            reached[shape.id][1] if shape.id in reached else None,
            reached[shape.id][2] if shape.id in reached else "",
        )
        for shape in boxes
    ]


def _state(activity_id: str, marks: Any) -> str:
    if activity_id in marks.failed:
        return "failed"
    if activity_id in marks.current:
        return "now"
    return "done" if activity_id in marks.done else ""
