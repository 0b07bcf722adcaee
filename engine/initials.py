"""The first letters of Chinese words (拼音首字母), by which people on a plain keyboard look for them."""

import re

from pypinyin import Style, lazy_pinyin

HAN = re.compile(r"[\u3400-\u9fff]+")


def initials(text: str) -> str:
    """Return the first letters of each run of Chinese characters, such as ``hdl`` for 海东路, blanks between runs."""
    found = ("".join(lazy_pinyin(run, style=Style.FIRST_LETTER, errors="ignore")) for run in HAN.findall(text))
    return " ".join(filter(None, found))
