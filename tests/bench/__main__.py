"""Measurements: ``python -m tests.bench [NAME…] --json`` prints one JSON object a line. Not a test: nothing is judged.

Compare ratios of one run; absolute times on a shared machine mean little.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.bench import costs, crowd, durable, growth, machines, pages, scale, slow

BENCHES: dict[str, Callable[[Path], Iterator[dict[str, Any]]]] = {
    "machine.step": machines.step,
    "machine.step_after_2000_loops": growth.after_2000_loops,
    "spiff.cycle": machines.spiff_cycle,
    "feel.condition": machines.feel_condition,
    "feel.peer": machines.feel_peer,
    "feel.attacks": machines.feel_attacks,
    "dmn.table_100": machines.dmn_table,
    "complete.sqlite_full": durable.sqlite_full,
    "complete.postgresql": durable.postgresql,
    "timers.overdue_10000": costs.overdue,
    "audit.verify": durable.verify,
    "inbox.page": pages.inbox,
    "case.page": pages.case,
    "serve.start": pages.serve_start,
    "growth.loops": growth.loops,
    "growth.instances": growth.widths,
    "growth.nodes": growth.long_process,
    "growth.mixed": growth.mixed,
    "step.cost": costs.step,
    "million.inbox": scale.inbox,
    "million.case": scale.case,
    "million.task": scale.task,
    "million.search": scale.search,
    "million.board": scale.board,
    "people.200": crowd.people,
    "page.cpu8": slow.cpu8,
}


def _room(folder: Path, name: str) -> Path:
    """Return a folder for one measurement alone."""
    room = folder / name
    room.mkdir()
    return room


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("names", nargs="*", choices=[[], *BENCHES])
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.names or BENCHES:
            for line in BENCHES[name](_room(Path(folder), name)):
                sys.stdout.write(json.dumps(line) + "\n")
                sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
