"""What is wrong with an input where the sentence holds values: English with places in braces -> Chinese."""

import re
from functools import cache

#: the place of a problem, where it is no field of a form
PLACES_ZH = {
    "line {number}": "第 {number} 行",
    "file": "文件",
    "pause": "挂账时段",
    "value": "时限",
    "unit": "单位",
    "comment": "意见",
    "score": "满意度",
    "reason": "原因",
    "photo": "照片",
    "why": "未解决之处",
}
PROBLEMS_ZH = {
    "is no other case that you may see": "不是您可以查看的其他案件",
    "the calendar has no holidays for {year}; it knows {known}": "日历中没有 {year} 年的节假日（已有年份：{known}）",
    "{from} to {to}": "{from} 至 {to}",
    "{value} x {factor} is no amount of time": "{value} 不是有效的时长",
    "ends at {end}, before it begins": "在 {end} 结束，早于其开始时间",
    "kind {kind} is none of {kinds}": "类型 {kind} 无效，应为 {kinds} 之一",
    "{day} is none of {days}": "{day} 无效，应为 {days} 之一",
    "{day} is no date such as 2026-10-01": "{day} 不是日期，应如 2026-10-01",
    "{zone} is no time zone": "{zone} 不是时区名称",
    "{slot} is no slot such as 08:30-12:00": "{slot} 不是时段，应如 08:30-12:00",
    "{slot} begins before the slot before it has ended": "{slot} 早于前一时段结束",
    "is both a holiday and a make-up day": "既是节假日又是调休上班日",
    "no holidays in it": "其中没有节假日",
    "no amount of time": "不是有效的时长",
    "no ISO 8601 date and time": "不是日期和时间",
    "at most {number} extensions": "最多延期 {number} 次",
}


def filled(text: str, known: dict[str, str]) -> str | None:
    """Return the text in Chinese if it is one of the sentences with its places filled; None if it is none."""
    for pattern, template in _patterns(tuple(known.items())):
        if found := pattern.fullmatch(text):
            values = {name: filled(value, PROBLEMS_ZH) or value for name, value in found.groupdict().items()}
            return template.format(**values)
    return None


@cache
def _patterns(known: tuple[tuple[str, str], ...]) -> list[tuple[re.Pattern[str], str]]:
    return [
        (re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+?)", re.escape(source))), target) for source, target in known
    ]
