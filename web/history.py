"""What happened to a case, line by line, out of its audit chain. Not here: how a line looks (``case.html``)."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from engine import holders
from engine.errors import EngineError
from web.filters import SENTENCES, activity, moment
from web.words import said, translate


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened to the case."""

    at: datetime
    actor: str
    sentence: str  #: a key of ``web.words``
    step: str  #: the name of the activity, empty where there is none
    units: tuple[str, ...]  #: codes of the units that the task was offered to
    why: str  #: of a failure, or of what a person decided
    is_fault: bool = False


def unit_codes(groups: Iterable[str]) -> tuple[str, ...]:
    """Return the codes of the units whose people or heads are among the groups, each once."""
    return tuple(dict.fromkeys(each.split(":")[1] for each in groups if each.startswith("unit:")))


def offers(chain: Iterable[Any]) -> dict[str, tuple[str, ...]]:
    """Return token -> codes of the units that its task was offered to, for all tasks that the case ever had."""
    opened = (json.loads(entry.body)["details"] for entry in chain if entry.action == "task.opened")
    return {details["token"]: unit_codes(details.get("candidates") or ()) for details in opened}


def called(entry: Any) -> tuple[str, int] | None:
    """Return the key and version of the process that the entry says was called; None if it says something else."""
    if entry.action != "call.bound":
        return None
    details = json.loads(entry.body)["details"]
    return details["process"], details["version"]


def lines(
    chain: Iterable[Any], tasks: Iterable[Any], steps: Mapping[str, str], people: Mapping[str, str], language: str
) -> list[Line]:
    """Return the lines of the entries that a reader wants to see, oldest first.

    chain: entries of the case's audit chain; ``steps``: activity -> name in the diagrams; ``people``: their full names.
    """
    chain, known = list(chain), {str(task.id): task for task in tasks}
    titles = {**steps, **{task.activity_id: activity(task, language) for task in known.values()}}
    offered, found = offers(chain), []
    for entry in chain:
        if entry.action not in SENTENCES:
            continue
        details = json.loads(entry.body)["details"]
        task, place = known.get(details.get("task", "")), details.get("activity", "")
        units = offered.get(details.get("token") or (task.token if task else ""), ()) or _moved(entry.action, details)
        step = titles.get(place) or details.get("name") or place or _other(entry.action, details)
        why = details.get("why", "")
        why = why.get(language, "") if isinstance(why, dict) else why or _written(details, language, entry.at.year)
        why = " · ".join(
            filter(
                None,
                (
                    _changed(details, people, language, entry.at.year),
                    why,
                    _rule(details, language) if entry.action.endswith(".refused") else "",
                ),
            )
        )
        is_fault = entry.action.endswith((".refused", ".failed", ".turned-down"))
        found.append(Line(entry.at, entry.actor, SENTENCES[entry.action], step, units, why, is_fault))
    return found


def _moved(action: str, details: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the unit that sent the case back, to which it went, or those that a ruling or precedent names."""
    if action == "case.returned":
        return (details["unit"],)
    if action in ("case.passed-on", "case.sent-again", "case.assigned"):
        return (details["to"],)
    if action.startswith(("check-in.", "joint.", "question.", "booking.")) and "unit" in details:
        return (details["unit"],)
    return tuple(details["units"]) if action in NAMES_UNITS else ()


#: entries that name units, the first of which leads
NAMES_UNITS = {"joint.opened", "precedent.ruled", "precedent.cited", "adjudication.lapsed"}


def _other(action: str, details: Mapping[str, Any]) -> str:
    """Return the number that the entry is about: of a case merged or parted, of a visit, a slip, a precedent."""
    name = {"case.merged": "into", "case.unmerged": "out_of", "report.joined": "number", "report.parted": "number"}
    name |= {f"party.{each}": "party" for each in ("added", "removed", "consented", "declined")}
    name |= {
        "case.linked": "number",
        "case.parted": "number",
        "outcome.noted": "document",
        "case.visited": "visit",
        "slip.entered": "slip",
    }
    name |= {action: "number"} if action.startswith("precedent.") else {}
    return str(details.get(name.get(action, ""), ""))


def _changed(details: Mapping[str, Any], people: Mapping[str, str], language: str, year: int) -> str:
    """Return what a deadline was and is, until when a unit is to answer, who had a task and has it, or what was
    refused; empty for anything else."""
    if details.get("before") and details.get("due"):
        return " → ".join(moment(datetime.fromisoformat(details[each]), language, year) for each in ("before", "due"))
    if "asker_unit" in details:
        return translate("until {}", language).format(moment(datetime.fromisoformat(details["due"]), language, year))
    if "after" in details:
        names = [people.get(each, each) if each else translate("nobody", language) for each in _both(details)]
        return " → ".join(names)
    if "template" in details:
        return said(EngineError(details["template"], **details["given"]), language)
    return ""


def _both(details: Mapping[str, Any]) -> tuple[str | None, str]:
    return details.get("before"), details["after"]


def names(chain: Iterable[Any]) -> set[str]:
    """Return the user names that the lines of the entries say."""
    handed = [json.loads(entry.body)["details"] for entry in chain if entry.action == "task.reassigned"]
    return {name for details in handed for name in _both(details) if name}


def _rule(details: Mapping[str, Any], language: str) -> str:
    """Return the name and version of the rule that refused; empty where none did."""
    if "rule" not in details or "version" not in details:
        return ""
    return translate("rule {}, version {}", language).format(details["rule"], details["version"])


def _written(details: Mapping[str, Any], language: str, year: int) -> str:
    """Return the time that stands on the paper from which something was entered."""
    at = details.get("written_at")
    return moment(datetime.fromisoformat(at), language, year) if at else ""


@dataclass(frozen=True, slots=True)
class Step:
    """An activity of the diagram as a row: what the drawing shows to those who cannot see it."""

    name: str
    state: str  #: now, failed, done or empty
    times: int  #: how often it was done
    since: datetime | None  #: when it was reached last
    took: timedelta | None  #: from then until it was done, or until now while it waits
    actor: str  #: who did it last, or has it now
    late: timedelta | None  #: by how much it was or is later than its own limit or the case's deadline


def lateness(tasks: Iterable[Any], stages: Iterable[Any], now: datetime) -> dict[str, timedelta]:
    """Return activity -> by how much its task was done, or is, after the deadline; the most where it came twice."""
    ends = [(task.activity_id, task.due_at, task.completed_at) for task in tasks if _counts(task)]
    ends += [(each.activity, each.due_at, each.done_at) for each in stages if each.stage != "accept"]
    found: dict[str, timedelta] = {}
    for activity_id, due, done in ends:
        if due is not None and (done or now) > due:
            over = (done or now) - due
            found[activity_id] = max(over, found.get(activity_id, over))
    return found


def _counts(task: Any) -> bool:
    """Say whether the task can be late: it was not withdrawn, and is not itself a warning that the case is late."""
    return task.state != "cancelled" and not holders.is_beside(task.shown.get("properties", {}))


@dataclass(slots=True)
class _Trace:
    """What the chain says of an activity."""

    first: int
    since: datetime
    done_at: datetime | None = None
    times: int = 0
    actor: str = ""


def _traces(chain: Iterable[Any]) -> dict[str, _Trace]:
    found: dict[str, _Trace] = {}
    for number, entry in enumerate(chain):
        place = json.loads(entry.body)["details"].get("activity", "")
        if entry.action in ("activity.entered", "task.opened"):
            trace = found.setdefault(place, _Trace(number, entry.at))
            trace.since, trace.done_at, trace.actor = entry.at, None, ""
        elif place in found and entry.action == "task.completed":
            found[place].actor = entry.actor
        elif place in found and entry.action == "activity.completed":
            found[place].done_at = entry.at
            found[place].times += 1
    return found


def way(layout: Any, marks: Any, chain: Iterable[Any], tasks: Iterable[Any], late: Any, now: datetime) -> list[Step]:
    """Return the activities of the drawing, those that the case reached first, in the order in which it did.

    ``late``: as ``lateness`` gives it.
    """
    traces = _traces(chain)
    has = {task.activity_id: task.assignee or "" for task in tasks if task.is_open}
    boxes = [shape for shape in layout.shapes if shape.name and shape.kind.endswith(("Task", "Activity", "task"))]
    boxes.sort(key=lambda shape: traces[shape.id].first if shape.id in traces else len(boxes) + 10**6)
    steps = []
    for shape in boxes:
        trace, state = traces.get(shape.id), _state(shape.id, marks)
        end = now if state in ("now", "failed") else trace.done_at if trace else None
        took = end - trace.since if trace and end else None
        actor = has.get(shape.id, "") or (trace.actor if trace else "")
        since, times = (trace.since, trace.times) if trace else (None, 0)
        steps.append(Step(shape.name, state, times, since, took, actor, late.get(shape.id)))
    return steps


def _state(activity_id: str, marks: Any) -> str:
    if activity_id in marks.failed:
        return "failed"
    if activity_id in marks.current:
        return "now"
    return "done" if activity_id in marks.done else ""
