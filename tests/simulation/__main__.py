"""``python -m tests.simulation``: play a year of a district and print what came of it.

python -m tests.simulation --cases 20000            # in a database file of its own
python -m tests.simulation --cases 20000 --database postgresql+psycopg:///fresh
"""

import argparse
import json
import shutil
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from engine import content, schema
from engine.clock import FrozenClock
from engine.uow import SYSTEM, Database
from tests.simulation.verdict import judge
from tests.simulation.year import Year

#: what must be 0
NEVER = ("held_by_nobody", "ledger_sums_wrong", "ledger_gaps", "transfers_beyond_the_limit", "failures", "broken_links")
PROCESSES = Path(__file__).resolve().parents[2] / "processes"


def main() -> int:
    """Return 0 if nothing that must be 0 is more."""
    asked = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    asked.add_argument("--cases", type=int, default=20_000)
    asked.add_argument("--year", type=int, default=2025)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--database", help="address of an empty database; a temporary file if it is not given")
    asked.add_argument("--keep", help="where to leave the database file, to look at in the pages")
    args = asked.parse_args()
    memory = Path("/dev/shm")  # the year tries rules, not disks: without a disk's waits it takes a third of the time
    with tempfile.TemporaryDirectory(prefix="muster-year-", dir=memory if memory.is_dir() else None) as folder:
        url = args.database or f"sqlite:///{folder}/muster.db"
        found = play(url, args.year, args.cases, args.seed)
        if args.keep:
            shutil.copy(Path(folder) / "muster.db", args.keep)
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return int(any(found[name] for name in NEVER))


def play(url: str, year: int, cases: int, seed: int) -> dict[str, object]:
    """Load the shipped content as of the first of January, play the year, and judge it."""
    clock = FrozenClock(datetime(year, 1, 1, tzinfo=UTC))
    database = Database(url, clock)
    schema.upgrade(database)
    content.load(database, PROCESSES, SYSTEM)
    district = Year(database, clock, year, cases, seed)
    reported = 0

    def progress(count: int) -> None:
        nonlocal reported
        reported += count
        if reported % 500 == 0:
            print(f"{reported} of {cases} reports, {clock.now():%Y-%m-%d}", file=sys.stderr)

    tally = district.run(progress)
    started = time.perf_counter()
    found = judge(database)
    seconds = time.perf_counter() - started
    database.dispose()
    return {
        "wall_seconds": round(tally.seconds, 1),
        "judging_seconds": round(seconds, 1),
        "units": len(district.units),
        **found,
        "done": dict(sorted(tally.done.items())),
        "refused": dict(tally.refused.most_common(30)),
        "failed": dict(tally.failed.most_common(30)),
    }


if __name__ == "__main__":
    sys.exit(main())
