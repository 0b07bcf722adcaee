"""Documents from strangers: what is refused, with its place."""

import pytest

from engine.bpmn import document
from engine.errors import InvalidError

HOSTILE = {
    "a document type": b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    "UTF-8": b"<a>\xff</a>",
    "processing instruction": b"<a><?php echo ?></a>",
    "deeper than 64": b"<a>" * 70 + b"</a>" * 70,
    "at most 2000000": b"<a>" + b" " * 2_000_001 + b"</a>",
    "more than 20000 elements": b"<a>" + b"<b/>" * 20_001 + b"</a>",
    "more than 64 attributes": b"<a " + b" ".join(b'x%d="1"' % n for n in range(65)) + b"/>",
    "line": b"<a>\n<b></a>",
}


@pytest.mark.parametrize("reason", HOSTILE)
def test_a_hostile_or_broken_document_is_refused_with_the_reason(reason):
    with pytest.raises(InvalidError, match=reason):
        document.parse(HOSTILE[reason])


def test_a_plain_document_is_read():
    assert document.parse("<a>网格</a>".encode()).text == "网格"
