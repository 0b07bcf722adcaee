"""Moments, durations and events as people read them, in both languages."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from web.words import translate

ZONE = ZoneInfo("Asia/Shanghai")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec")
#: actions of the audit chain that a timeline shows, and their words
SENTENCES = {
    "case.opened": "Case opened",
    "task.opened": "Task opened",
    "task.completed": "Task completed",
    "task.claimed": "Task claimed",
    "task.released": "Task put back",
    "task.reassigned": "Task handed on",
    "task.withdrawn": "Task withdrawn",
    "timer.fired": "Timer fired",
    "decision.made": "Decision made",
    "photo.added": "Photo added",
    "note.added": "Note added",
    "activity.failed": "Activity failed",
    "case.ended": "Case ended",
    "call.bound": "Sub-process",
    "clock.started": "Clock started",
    "clock.extended": "Deadline extended",
    "clock.granted": "Another limit granted",
    "clock.paused": "Clock paused",
    "clock.resumed": "Clock goes on",
    "clock.recomputed": "Deadline computed anew",
    "extension.asked": "Extension asked for",
    "extension.turned-down": "Extension turned down",
    "extension.refused": "Extension refused by rule",
    "pause.asked": "Pause asked for",
    "pause.turned-down": "Pause turned down",
    "pause.refused": "Pause refused by rule",
    "appeal.asked": "Appeal made",
    "appeal.granted": "Appeal granted",
    "appeal.turned-down": "Appeal turned down",
    "appeal.refused": "Appeal refused by rule",
    "bulletin.published": "Bulletin published",
    "bulletin.withdrawn": "Bulletin withdrawn",
    "notice.given": "Notice given",
    "access.refused": "Refused: not allowed",
    "state.refused": "Refused: it has moved on",
    "work.refused": "Work refused by rule",
    "answer.refused": "Answer refused by rule",
    "verify.refused": "Check refused by rule",
    "reporter.called-back": "Reporter heard",
    "case.reopened": "Case opened again",
    "case.drawn": "Drawn by lot for a re-check",
    "case.rechecked": "Re-check made",
    "case.returned": "Sent back",
    "case.passed-on": "Passed on to another unit",
    "case.sent-again": "Sent to the same unit again",
    "case.assigned": "Unit named",
    "return.refused": "Return refused by rule",
    "campaign.opened": "Campaign begun",
    "campaign.closed": "Campaign over",
    "visit.checked-in": "Checked in with the police",
    "attempt.refused": "Attempt refused by rule",
    "mediate.refused": "Mediation refused by rule",
    "third_party.refused": "Mediation refused by rule",
    "party.added": "Party written down",
    "party.removed": "Party removed",
    "party.consented": "Party consents to a third party",
    "party.declined": "Party does not consent to a third party",
    "agreement.made": "Agreement made",
    "agreement.visited": "Agreement visited again",
    "transfer.refused": "Passing on refused by rule",
    "adjudication.lapsed": "No ruling in time",
    "precedent.ruled": "Ownership ruled",
    "precedent.cited": "Precedent cited",
    "duty.found": "Unit found by the list of duties",
    "joint.opened": "Units called to a joint action",
    "joint.unit-added": "Another unit called",
    "check-in.noted": "Checked in on the spot",
    "check-in.missed": "Did not check in in time",
    "check-in.explained": "Absence explained",
    "joint.result-filed": "Result of a unit filed",
    "joint.closed": "Joint action closed",
    "case.linked": "Linked with another case",
    "case.parted": "Link with another case taken back",
    "outcome.noted": "Enforcement outcome noted",
    "outcome.withdrawn": "Enforcement outcome withdrawn",
    "outcome.checked": "Compliance checked",
    "outcome.refused": "Enforcement outcome refused by rule",
    "enforce.refused": "Heavier step refused by rule",
    "repeat.found": "Repeat offence found",
    "repeat.taken-up": "Repeat offence taken up",
    "question.asked": "Question to a unit",
    "question.answered": "Question answered",
    "question.late": "Question not answered in time",
    "question.explained": "Late answer explained",
    "question.withdrawn": "Question withdrawn",
    "question.moved": "Limit of a question moved",
    "question.ended": "Question ended with the case",
    "question.refused": "Question refused by rule",
    "answer_question.refused": "Answer refused by rule",
    "booking.made": "Resource booked",
    "booking.cancelled": "Booking cancelled",
    "booking.released": "Booking released",
    "booking.refused": "Booking refused by rule",
    "admission.refused": "Asking the community refused by rule",
    "close_joint.refused": "Closing refused by rule",
    "precedent.contested": "Precedent contested",
    "precedent.confirmed": "Precedent confirmed as a rule",
    "precedent.withdrawn": "Precedent withdrawn",
    "precedent-contest.refused": "Objection refused by rule",
    "precedent-confirm.refused": "Confirmation refused by rule",
    "precedent-withdraw.refused": "Withdrawal refused by rule",
    "task.handed-over": "Task handed over",
    "task.taken-over": "Task taken over",
    "case.visited": "Found on a visit",
    "slip.entered": "Paper slip entered",
    "case.merged": "Merged into another case",
    "case.unmerged": "Taken out of the case it was merged into",
    "report.joined": "A report was merged into this case",
    "report.parted": "A report was taken out of this case",
    "clock.moved": "Clock runs from the first report",
    "reporter.answered": "Reporter answered",
    "merge.refused": "Merging refused by rule",
    "unmerge.refused": "Undoing the merge refused by rule",
    "case.cancelled": "Process put aside",
    "case.taken-up": "Process goes on where it was",
}


def moment(value: datetime | None, language: str, year: int) -> str:
    """Return the moment in the city's time, to the minute, as ``day`` writes its day."""
    if value is None:
        return ""
    return f"{day(value, language, year)}{', ' if language == 'en' else ' '}{value.astimezone(ZONE):%H:%M}"


def day(value: date | None, language: str, year: int) -> str:
    """Return the day as the language writes it: ``16 Nov 2026``, ``2026年11月16日``; the latter without ``year``, the
    current one. Source: CLDR 46, medium dates of en-GB and long dates of zh.
    """
    if value is None:
        return ""
    local = value.astimezone(ZONE) if isinstance(value, datetime) else value
    if language == "en":
        return f"{local.day} {MONTHS[local.month - 1]} {local.year}"
    return ("" if local.year == year else f"{local.year}年") + f"{local.month}月{local.day}日"


def stamp(value: datetime | None) -> str:
    """Return the moment in the city's time as files have it, which spreadsheets sort."""
    return f"{value.astimezone(ZONE):%Y-%m-%d %H:%M}" if value else ""


def iso_day(value: datetime | None) -> str:
    """Return the day as fields of a form and addresses of pages have it."""
    return stamp(value)[:10]


def number(value: int) -> str:
    """Return the number with its thousands apart, as both languages write it."""
    return f"{value:,}"


def percent(value: object) -> str:
    """Return the share as both languages write it."""
    return f"{value}%"


def days_end(now: datetime) -> datetime:
    """Return the end of the day in the city's time."""
    local = now.astimezone(ZONE)
    return local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def duration(value: timedelta, language: str) -> str:
    """Return a length of time, without its sign, in its two largest units."""
    minutes = int(abs(value).total_seconds()) // 60
    days = minutes // 1440
    parts = [(days, "day" if days == 1 else "days"), (minutes // 60 % 24, "h"), (minutes % 60, "min")]
    shown = [f"{amount} {translate(unit, language)}" for amount, unit in parts if amount][:2]
    return " ".join(shown) or f"0 {translate('min', language)}"


def exactly(value: timedelta) -> str:
    """Return a length of time as hours, minutes and seconds; sums of these are right to the second."""
    seconds = int(value.total_seconds())
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def whole_seconds(values: Iterable[timedelta]) -> list[timedelta]:
    """Return the lengths in whole seconds, so that any first ones add up to their sum, cut to seconds."""
    found: list[timedelta] = []
    total, shown, second = timedelta(), timedelta(), timedelta(seconds=1)
    for value in values:
        total += value
        found.append(total // second * second - shown)
        shown += found[-1]
    return found


def left(value: timedelta | None, language: str) -> str:
    """Return how much time is left, or by how much it is late."""
    if value is None:
        return translate("no deadline", language)
    sentence = "{} late" if value < timedelta(0) else "{} left"
    return translate(sentence, language).format(duration(value, language))


def about(case: Any, language: str) -> str:
    """Return what the case is about, in the language where it is known."""
    known = case.summary
    if language == "en" and known.get("item_name_en"):
        return f"{known['item_name_en']} · {known.get('address') or known.get('grid_name') or case.number}"
    return str(case.title)


def activity(task: Any, language: str) -> str:
    """Return the name of the task's activity, in the language where the diagram says it."""
    name = task.shown.get("properties", {}).get("nameEn") if language == "en" else None
    return str(name or task.name)


def unit_names(codes: Iterable[str], units: Mapping[str, Mapping[str, str]], language: str) -> str:
    """Return the units by name, in the language; a code without a name stands for itself."""
    return " · ".join(units.get(each, {}).get(language, each) for each in codes)


def lateness(due: datetime | None, case: Any, now: datetime) -> str:
    """Return the class of a deadline of the case: paused, late, soon (its 80 % are used), or calm."""
    if due is None or case.closed_at:
        return "calm"
    if case.summary.get("paused_until"):
        return "paused"
    if now > due:
        return "late"
    amber = case.amber_at if due == case.due_at else None
    return "soon" if now >= (amber or due - (due - case.opened_at) / 5) else "calm"


def bounded(count: int, most: int) -> str:
    """Return a count that stops at ``most`` as it is said: all that is known of ``most`` is that there are as many."""
    return str(count) if count < most else f"{most - 1}+"
