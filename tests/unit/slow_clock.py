"""A second opinion on working time that shares nothing with the first: it looks at every single minute.

A minute is worked if the furthest time that the clocks on the wall have shown so far lies inside a slot. (The furthest:
in the night in which clocks are set back, an hour that was over does not begin again.)
"""

from datetime import UTC, date, datetime, timedelta

MINUTE = timedelta(minutes=1)
MICROS = 60_000_000


class SlowClock:
    """Which minutes from ``first`` to ``last`` are worked, found one by one."""

    def __init__(self, zone, week, holidays, in_lieu, first, last):
        self.first = datetime(first.year, first.month, first.day, tzinfo=UTC)
        ordinary = next(slots for day in range(7) if (slots := week.get(day)))
        spans = []
        day = first - timedelta(days=3)
        while day <= last + timedelta(days=3):
            if day in in_lieu:
                slots = week.get(day.weekday()) or ordinary
            elif day in holidays:
                slots = ()
            else:
                slots = week.get(day.weekday(), ())
            for opens, closes in slots:
                begins = datetime.combine(day, opens)
                ends = datetime.combine(day, closes)
                spans.append((begins, ends if ends > begins else ends + timedelta(days=1)))
            day += timedelta(days=1)
        self.worked = []
        moment, furthest, at = self.first - timedelta(days=1), datetime.min, 0
        end = datetime(last.year, last.month, last.day, tzinfo=UTC)
        while moment < end:
            furthest = max(furthest, moment.astimezone(zone).replace(tzinfo=None))
            while at < len(spans) and spans[at][1] <= furthest:
                at += 1
            if moment >= self.first:
                self.worked.append(at < len(spans) and spans[at][0] <= furthest)
            moment += MINUTE

    def deadline(self, start, micros, pauses=(), natural=False):
        """Return when so many microseconds of worked time have passed; pauses begin and end on whole minutes."""
        still = [(self._minute(begins), self._minute(ends)) for begins, ends in pauses]
        if micros == 0 and not any(begins <= self._minute(start) < ends for begins, ends in still):
            return start
        minute, inside = divmod((start - self.first) // timedelta(microseconds=1), MICROS)
        while True:
            if (natural or self.worked[minute]) and not any(begins <= minute < ends for begins, ends in still):
                if micros <= MICROS - inside:
                    return self.first + timedelta(microseconds=minute * MICROS + inside + micros)
                micros -= MICROS - inside
            minute, inside = minute + 1, 0

    def between(self, start, end):
        """Return the worked minutes between two whole minutes."""
        return timedelta(minutes=sum(self.worked[self._minute(start) : self._minute(end)]))

    def _minute(self, moment):
        return (moment - self.first) // MINUTE


def days(*texts):
    """Return the dates of the texts."""
    return frozenset(date.fromisoformat(text) for text in texts)
