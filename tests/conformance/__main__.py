"""``python -m tests.conformance --cases DIR [--json]``: print total, passed, and each failure with its reason."""

import argparse
import json
import sys
from pathlib import Path

from tests.conformance.runner import excepted, run


def main() -> int:
    """Run the directory; return 0 when every case passed or is excepted."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance")
    parser.add_argument("--cases", type=Path, required=True, help="a folder with cases.json")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    wanted = parser.parse_args()
    reasons = excepted()
    outcomes = list(run(wanted.cases))
    failed = [each for each in outcomes if each.reason and each.case not in reasons]
    known = [each for each in outcomes if each.reason and each.case in reasons]
    passed = len(outcomes) - len(failed) - len(known)
    if wanted.json:
        report = {
            "total": len(outcomes),
            "passed": passed,
            "excepted": [{"id": each.case, "reason": reasons[each.case]} for each in known],
            "failed": [{"id": each.case, "reason": each.reason} for each in failed],
        }
        print(json.dumps(report, ensure_ascii=False, indent=1))
    else:
        for each in failed:
            print(f"FAILED {each.case}: {each.reason}")
        for each in known:
            print(f"excepted {each.case}: {reasons[each.case]}")
        print(f"{len(outcomes)} cases: {passed} passed, {len(known)} excepted, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
