"""The words of visits (入户走访) and paper sheets, in Chinese; English is the key."""

VISIT_ZH = {
    "Found on a visit": "入户走访发现",
    "Paper slip entered": "补录纸质单",
    "is one too many: twenty matters a visit at most": "事项过多，一次走访最多 20 项",
    "lies in the future, or more than 60 days back": "时间在将来，或早于 60 天前",
    "lies in the future": "时间在将来",
}
VISIT_ERRORS_ZH = {
    "no such household": "没有这个户档",
    "no such visit": "没有这次走访",
    "there is no visit with this code": "没有这个走访编号",
}
