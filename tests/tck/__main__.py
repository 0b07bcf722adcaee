"""``python -m tests.tck --dir DIR [--json]``: run folders of the kit; exits with 1 when something fails."""

import argparse
import json
import sys
from pathlib import Path

from tests.tck import runner


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.tck")
    parser.add_argument("--dir", type=Path, required=True, help="the kit, a level of it, or a folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    if not asked.dir.is_dir():
        parser.error(f"{asked.dir} is no directory")
    summary = runner.run(asked.dir)
    if asked.json:
        sys.stdout.write(json.dumps(summary.as_json(), ensure_ascii=False) + "\n")
    else:
        for each in summary.failed:
            sys.stdout.write(f"FAILED level {each.level} {each.folder} {each.test} {each.node}: {each.reason}\n")
        for reason, count in summary.skipped.items():
            sys.stdout.write(f"skipped {count}: {reason}\n")
        for level, (total, passed) in sorted(summary.levels.items()):
            sys.stdout.write(f"level {level}: {passed} of {total} passed\n")
        sys.stdout.write(f"total {summary.total}, passed {summary.passed}, failed {len(summary.failed)}\n")
    return 1 if summary.failed or not summary.total else 0


if __name__ == "__main__":
    sys.exit(main())
