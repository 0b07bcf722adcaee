"""Pages on an old computer: a real Chromium whose processor is made eight times slower, until the page is usable.

Usable means that the document is complete, its scripts included, and that the browser has painted it and is idle for a
frame. The server is not slowed down; the city has 20,000 cases.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page
from sqlalchemy import select

from engine.models import Case, Task
from engine.uow import SYSTEM, Database
from tests.bench import crowd, figures, million
from tests.web import browsing

SLOWER, TIMES = 8, 12
PAINTED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0))))"


def cpu8(folder: Path) -> Iterator[dict[str, Any]]:
    """Inbox, case, task and report form in a Chromium eight times slower; milliseconds until usable."""
    if browsing.CHROMIUM is None:
        yield {"name": "page.cpu8", "skipped": "Chromium is not installed"}
        return
    with crowd.copy("sqlite", folder) as url:
        assert url is not None
        addresses = {"report": "/report", **_addresses(url)}
        with crowd.served(url), browsing.chromium() as browser, browsing.visiting(browser, 1280) as page:
            site = f"http://127.0.0.1:{crowd.PORT}"
            page.set_default_timeout(60_000)
            page.goto(f"{site}/sign-in")
            page.fill("#name", "acceptance-1")
            page.fill("#password", million.PASSWORD)
            page.click("form.card button.main")
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            for name, address in addresses.items():
                samples = [_usable(page, site + address) for _ in range(TIMES)]
                yield {**figures.summary(f"page.cpu8.{name}", samples, "ms"), "load": os.getloadavg()[0]}


def _usable(page: Page, address: str) -> float:
    """Return after how many milliseconds the page can be used."""
    began = time.perf_counter()
    answer = page.goto(address, wait_until="load")
    page.evaluate(PAINTED)
    assert answer is not None, address
    assert answer.status == 200, address
    return (time.perf_counter() - began) * 1000


def _addresses(url: str) -> dict[str, str]:
    """Return the pages of a worker at the acceptance desk."""
    database = Database(url)
    with database.reading(SYSTEM) as uow:
        query = select(Task.id, Case.id).join(Case, Case.id == Task.case_id)
        task, case = uow.session.execute(query.where(Task.activity_id == "file", Task.state == "open").limit(1)).one()
    database.dispose()
    return {"inbox": "/inbox", "case": f"/cases/{case}", "task": f"/tasks/{task}"}
