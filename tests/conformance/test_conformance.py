"""Every public case does what its suite expects, or is listed with the reason why it cannot."""

from pathlib import Path

import pytest

from tests.conformance.runner import excepted, run

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases" / "bpmn"


def test_every_case_of_the_public_suites_passes_but_those_listed():
    if not (CASES / "cases.json").exists():
        pytest.skip("the folder shared/cases/bpmn with the public cases is not beside the repository")
    failed = {each.case: each.reason for each in run(CASES) if each.reason}
    assert {case: reason for case, reason in failed.items() if case not in excepted()} == {}
    assert set(excepted()) <= set(failed)
