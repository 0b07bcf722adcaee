"""The pages of a joint action: who came and how far from the site, one click for a standing unit, reasons."""

import pytest

from tests.scenarios.story import Story, file
from tests.scenarios.test_joint import NEAR, PASSAGE, SITE, come, finish
from tests.web.test_ownership import app, english, task_url  # noqa: F401
from tests.web.test_pages import Visitor


@pytest.fixture
def passage(city, clock):
    return file(Story(city, clock, PASSAGE, "2026-11-18 20:40", spot=SITE))


def test_somebody_checks_in_by_the_form_with_or_without_a_position(app, passage):  # noqa: F811
    passage.at("2026-11-18 20:55")
    for name, where in (("majun", NEAR), ("liuyang", {})):
        visitor, url = Visitor(app, name), task_url(passage, name, "sign_in")
        assert visitor.post(url, f"{url}/complete", **where, note="已到东门").status_code == 302
    page = Visitor(app, "majun").get(f"/cases/{passage.id}").text
    assert page.index("距现场 22 米") < page.index("距离不详")
    assert page.count("已到东门") == 2


@pytest.mark.parametrize("typed", ["91", "here", "1e400", "nan"])
def test_a_position_that_is_none_is_refused_beside_its_field(app, passage, typed):  # noqa: F811
    visitor, url = Visitor(app, "majun"), task_url(passage, "majun", "sign_in")
    answer = visitor.post(url, f"{url}/complete", latitude=typed, longitude="111.7")
    assert answer.status_code == 422
    assert 'id="p-latitude"' in answer.text


@pytest.mark.parametrize(("speak", "why"), [(Visitor, "也未说明理由"), (english, "no result and no reason")])
def test_the_lead_is_asked_for_a_reason_for_each_unit_and_refused_without(app, passage, speak, why):  # noqa: F811
    come(passage.at("2026-11-18 20:55"), "XFJY", "CGJ", "HDLJD")
    finish(passage, "XFJY", "CGJ", "HDLJD")
    passage.at("2026-11-18 22:20")
    visitor, url = speak(app, "majun"), task_url(passage, "majun", "close_joint")
    page = visitor.get(url).text
    assert 'name="missing.ZJJ"' in page
    assert 'name="missing.CGJ"' not in page
    answer = visitor.post(url, f"{url}/complete", summary="通道已腾空")
    assert answer.status_code == 409
    assert why in answer.text
    assert "close_joint_rule" in answer.text
    assert ">通道已腾空</textarea>" in answer.text
    done = visitor.post(url, f"{url}/complete", **{"summary": "通道已腾空", "missing.ZJJ": "始终未到场"})
    assert done.status_code == 302
    assert "始终未到场" in visitor.get(f"/cases/{passage.id}").text


def test_the_lead_calls_the_police_with_one_click(app, passage):  # noqa: F811
    visitor, url = Visitor(app, "majun"), task_url(passage, "majun", "close_joint")
    assert "召集呼和浩特市公安局新城区分局" in visitor.get(url).text
    assert visitor.post(url, f"/cases/{passage.id}/units", unit="GAJ").status_code == 302
    page = visitor.get(f"/cases/{passage.id}").text
    assert ">召集呼和浩特市公安局新城区分局" not in page
    assert "呼和浩特市公安局新城区分局" in page
    other = Visitor(app, "liuyang")
    assert "召集其他单位" not in other.get(f"/cases/{passage.id}").text
    assert other.post(f"/cases/{passage.id}", f"/cases/{passage.id}/units", unit="YJJ").status_code == 403


def test_the_board_counts_against_the_missing_unit_only_and_opens_its_cases(app, passage):  # noqa: F811
    come(passage.at("2026-11-18 20:55"), "XFJY", "CGJ", "HDLJD")
    passage.at("2026-11-18 21:10")
    leader = Visitor(app, "yangjie")
    assert leader.get("/board").text.count("counted=absent") == 1
    assert passage.number in leader.get("/cases?state=all&counted=absent&of=ZJJ").text
    assert passage.number not in leader.get("/cases?state=all&counted=absent&of=CGJ").text


def test_an_inbox_names_the_unit_whose_part_a_task_is(app, passage):  # noqa: F811
    page = Visitor(app, "majun").get("/inbox").text
    assert " · 新城区消防救援大队" in page or "消防" in page.split('<ul class="rows">')[1]
    assert "· XFJY" not in page
