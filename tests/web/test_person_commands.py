"""``muster person`` and ``muster load --demo``: passwords are given on purpose and never lost by the way."""

import re

import pytest
from click.testing import CliRunner

from engine import directory
from engine.uow import SYSTEM, Database
from tests.conftest import PROCESSES
from web.cli import main, muster


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run ``muster`` on a database of its own with the demo city; ``run.printed`` is what loading said."""
    monkeypatch.setenv("MUSTER_DATABASE", f"sqlite:///{tmp_path / 'own.db'}")

    def run(*words, given=None):
        return CliRunner().invoke(muster, list(words), input=given)

    run("migrate")
    run.printed = run("load", str(PROCESSES), "--demo").output
    run.database = Database(f"sqlite:///{tmp_path / 'own.db'}")
    yield run
    run.database.dispose()


def signed_in(run, name, password):
    with run.database.transaction(SYSTEM) as uow:
        return directory.sign_in(uow, name, password)


def test_a_person_is_added_and_signs_in_with_the_password_that_was_typed(run):
    words = ("--unit", "HWZX", "--group", "unit:HWZX", "--role", "liaison")
    answer = run("person", "add", "bai", "白雪", *words, given="ten letters\nten letters\n")
    assert answer.exit_code == 0
    assert "ten letters" not in answer.output
    found = signed_in(run, "bai", "ten letters")
    assert (found.unit_code, "unit:HWZX" in found.groups, found.roles) == ("HWZX", True, {"liaison"})


def test_a_password_is_made_and_shown_once(run):
    answer = run("person", "password", "zhaoli", "--generate")
    made = re.search(r"password: (\S+)", answer.output)[1]
    assert signed_in(run, "zhaoli", made).name == "zhaoli"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "bai", "白雪", "--role", "king"), "king is none of admin, auditor"),
        (("add", "bai", "白雪", "--unit", "XYZ"), "there is no unit XYZ"),
        (("password", "nobody"), "there is nobody called nobody"),
    ],
)
def test_what_is_wrong_is_said_before_a_password_is_asked_for(run, words, said, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["muster", "person", *words])
    with pytest.raises(SystemExit):
        main()
    assert said in capsys.readouterr().err


def test_loading_again_keeps_passwords_and_says_so(run):
    password = re.search(r"demo accounts: (\S+)", run.printed)[1]
    again = run("load", str(PROCESSES), "--demo")
    assert "keeps it" in again.output
    assert "demo accounts" not in again.output
    assert signed_in(run, "zhaoli", password).name == "zhaoli"
