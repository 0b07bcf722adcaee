"""Looking for cases by the first letters of Chinese words, by code and by place."""

import pytest

from engine.initials import initials
from tests.web.test_pages import Visitor, app, report  # noqa: F401


def test_the_first_letters_stand_together_as_the_words_do():
    assert initials("海东路 12 号 · ABC") == "hdl h"
    assert initials("no Chinese here") == ""
    assert initials("重庆") == "cq"


@pytest.mark.parametrize("words", ["hdl", "HDL", "海东路", "hdl ljx", "12 hdl"])
def test_a_case_is_found_by_first_letters_in_either_case_and_by_place(app, words):  # noqa: F811
    report(Visitor(app), address="海东路 12 号")
    report(Visitor(app), address="兴安南路 8 号")
    page = Visitor(app, "zhaoli").get(f"/cases?q={words}").text
    assert "海东路 12 号" in page
    assert "兴安南路 8 号" not in page


def test_a_case_is_found_by_the_code_of_its_reporter(app):  # noqa: F811
    code = report(Visitor(app)).headers["Location"].rsplit("/", 1)[1]
    report(Visitor(app))
    assert Visitor(app, "zhaoli").get(f"/cases?q={code}").text.count('<li class="row') == 1
