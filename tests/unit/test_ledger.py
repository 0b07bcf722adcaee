"""The ledger against a second opinion: who held a case is looked up for every single minute."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.due import load_calendar
from engine.ledger import added_up

CALENDAR = load_calendar(None)
START = datetime(2026, 9, 30, 6, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Entry:
    at: datetime
    action: str
    body: str


def entry(minute, action, **details):
    return Entry(START + minute * MINUTE, action, json.dumps({"details": details}))


def passed(minute, unit, person=None):
    return entry(minute, "duty.passed", unit=unit, person=person, stage="handle")


@st.composite
def chains(draw):
    """A case that is passed round, dispatched, claimed, paused at most twice, and looked at in the end."""
    end = draw(st.integers(1, 3 * 1440))
    minutes = sorted(draw(st.lists(st.integers(0, end), min_size=1, max_size=12)))
    dispatched = draw(st.integers(0, minutes[-1]))
    holders = [(draw(st.sampled_from("ABC")), draw(st.sampled_from([None, "li", "wang"]))) for _ in minutes]
    entries = [passed(minute, *holder) for minute, holder in zip(minutes, holders, strict=True)]
    entries.append(entry(dispatched, "clock.started", dispatched=True))
    entries.insert(0, entry(0, "clock.started", dispatched=False))
    stops = sorted(draw(st.lists(st.integers(dispatched, end + 500), max_size=4, unique=True)))
    pauses = []
    for begins, until in zip(stops[::2], stops[1::2], strict=False):
        entries.append(entry(begins, "clock.paused", until=(START + until * MINUTE).isoformat()))
        pauses.append((begins, until))
        if until <= end:
            noted = draw(st.integers(until, min([end, until + 90, *(b for b, _ in pauses if b > until)])))
            back = json.dumps({"details": {"until": (START + until * MINUTE).isoformat()}})
            entries.append(Entry(START + noted * MINUTE, "clock.resumed", back))
    return sorted(entries, key=lambda each: each.at), minutes, holders, dispatched, pauses, end


@settings(max_examples=300, deadline=None)
@given(chains(), st.sampled_from(["work_hours", "hours"]))
def test_every_minute_is_charged_to_the_holder_of_that_minute_and_the_sums_are_exact(chain, unit):
    entries, minutes, holders, dispatched, pauses, end = chain
    found = added_up(entries, START + end * MINUTE, CALENDAR, unit)
    if found is None:
        assert dispatched > end
        return
    assert (found.start, found.end) == (START + dispatched * MINUTE, START + end * MINUTE)
    assert sum((span.natural for span in found.spans), timedelta()) == found.natural
    assert sum((span.working for span in found.spans), timedelta()) == found.working
    at = found.start
    for span in found.spans:
        assert span.start == at < span.end
        at = span.end
    assert at == found.end or not found.spans
    spans = iter(found.spans)
    span = next(spans, None)
    for minute in range(dispatched, end):
        while START + minute * MINUTE >= span.end:
            span = next(spans)
        known = [holder for moment, holder in zip(minutes, holders, strict=True) if moment <= minute]
        assert (span.unit, span.person) == (known[-1] if known else ("nobody", None))
        assert span.is_paused == any(begins <= minute < until for begins, until in pauses)


def test_s06_the_units_the_adjudicator_and_the_unit_again_add_up_to_the_elapsed_time():
    chain = [
        entry(0, "clock.started", dispatched=True),
        passed(0, "SZGY"),
        passed(10, "GPS"),
        passed(22, "TXYY"),
        passed(35, "XCQ-WGZX"),
        passed(50, "SZGY"),
    ]
    found = added_up(chain, START + timedelta(minutes=90), CALENDAR, "hours")
    assert [(span.unit, span.natural // MINUTE) for span in found.spans] == [
        ("SZGY", 10),
        ("GPS", 12),
        ("TXYY", 13),
        ("XCQ-WGZX", 15),
        ("SZGY", 40),
    ]
    assert found.by_unit()["SZGY"] == timedelta(minutes=50)
    assert sum((natural for *_, natural, _working in found.by_holder()), timedelta()) == found.natural


def test_a_case_that_nobody_was_charged_with_has_no_ledger():
    assert added_up([], START, CALENDAR, "hours") is None
