"""The server that `muster serve` starts, over real connections."""

import http.client
from urllib.parse import urlsplit

from tests.web.browsing import site  # noqa: F401


def test_two_hundred_browsers_keep_their_connection_and_the_next_one_is_answered(site):  # noqa: F811
    place = urlsplit(site).netloc
    waiting = [http.client.HTTPConnection(place, timeout=20) for _ in range(201)]
    for each in waiting:
        each.connect()
    waiting[-1].request("GET", "/report")
    assert waiting[-1].getresponse().status == 200
    for each in waiting:
        each.close()
