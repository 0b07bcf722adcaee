"""Where something is: from the phone when its owner allows it, from a photo when its owner asks for it."""

import io

import pytest
from PIL import Image
from playwright.sync_api import expect
from sqlalchemy import select

from engine.desk_models import CaseSubject
from engine.uow import SYSTEM
from tests.web.browsing import browser, look, needs_chromium, site, visiting  # noqa: F401
from tests.web.test_pages import GRID

pytestmark = [needs_chromium, pytest.mark.parametrize("city", ["sqlite"], indirect=True)]
HERE = {"latitude": 40.84217, "longitude": 111.74925}


def a_photo_with_a_place():
    out, exif = io.BytesIO(), Image.Exif()
    exif[0x8825] = {1: "N", 2: (40.0, 50.0, 30.0), 3: "E", 4: (111.0, 45.0, 0.0)}
    Image.new("RGB", (40, 30), "red").save(out, "JPEG", exif=exif)
    return {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def send(page):
    page.select_option("#grid", GRID)
    page.select_option("#item", "050104")
    page.fill("#description", "垃圾箱满溢")
    page.click("form#report button.main")
    page.wait_for_url("**/track/*")


def spot_of_the_case(city):
    with city.reading(SYSTEM) as uow:
        found = uow.session.scalars(select(CaseSubject)).one()
        return found.latitude, found.longitude


def test_the_phone_says_where_it_stands_once_its_owner_presses_and_allows(browser, city, site):  # noqa: F811
    with visiting(browser, 360, geolocation=HERE, permissions=["geolocation"]) as page:
        page.goto(f"{site}/report")
        expect(page.locator("#spot")).to_be_hidden()
        page.click("#locate")
        expect(page.locator("#spot")).to_contain_text("40.84217 111.74925")
        look(page)
        send(page)
    assert spot_of_the_case(city) == (40.84217, 111.74925)


def test_a_phone_that_may_not_say_where_it_is_leaves_the_grid_to_choose(browser, city, site):  # noqa: F811
    with visiting(browser, 360, permissions=[]) as page:
        page.goto(f"{site}/report")
        page.click("#locate")
        expect(page.locator("#draft")).to_contain_text("未能取得位置")
        send(page)
    assert spot_of_the_case(city) == (None, None)


def test_the_place_in_a_photo_is_offered_and_the_photo_stays_chosen(browser, city, site):  # noqa: F811
    with visiting(browser, 360) as page:
        page.goto(f"{site}/report")
        page.set_input_files("#photos", a_photo_with_a_place())
        page.click("button[name=locate]")
        expect(page.locator("#spot")).to_contain_text("40.84167 111.75")
        assert page.evaluate("document.getElementById('photos').files.length") == 1
        page.click("#unlocate")
        expect(page.locator("#spot")).to_be_hidden()
        page.click("button[name=locate]")
        expect(page.locator("#spot")).to_be_visible()
        send(page)
    assert spot_of_the_case(city) == (40.84167, 111.75)


def test_the_place_in_a_photo_is_not_taken_unless_asked_for(browser, city, site):  # noqa: F811
    with visiting(browser, 360, script=False) as page:
        page.goto(f"{site}/report")
        page.set_input_files("#photos", a_photo_with_a_place())
        send(page)
    assert spot_of_the_case(city) == (None, None)
