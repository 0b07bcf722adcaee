"""Every case of the DMN TCK that is at hand passes."""

from pathlib import Path

import pytest

from tests.tck import cases, runner

KIT = Path(__file__).resolve().parents[3] / "shared" / "cases" / "dmn-tck"
FOLDERS = [pytest.param(path, id=path.name) for _, path in cases.folders(KIT)] if KIT.is_dir() else []


@pytest.mark.skipif(not FOLDERS, reason=f"no DMN TCK at {KIT}")
@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_of_the_kit_gives_what_it_expects(folder):
    assert runner.run(folder).failed == []
