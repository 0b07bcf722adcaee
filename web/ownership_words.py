"""The words of ownership (passing on, adjudication, precedents), in Chinese; English is the key."""

OWNERSHIP_ZH = {
    "adjudicate": "疑难权属划界",
    "Sent back": "退回",
    "Passed on to another unit": "转派",
    "Return refused by rule": "退回被规则拒绝",
    "Passing on refused by rule": "转派被规则拒绝",
    "No ruling in time": "逾期未裁定",
    "Ownership ruled": "权属裁定",
    "Precedent cited": "引用先例",
    "No ruling on ownership in time: the first receiver leads": "权属划界逾期未裁定，由首接单位牵头",
    "contests a precedent": "对先例提出异议",
    "decided on your objection to a precedent": "已答复您对先例的异议",
    "Precedent contested": "对先例提出异议",
    "Precedent confirmed as a rule": "先例确认为规则",
    "Precedent withdrawn": "先例撤销",
    "Objection refused by rule": "异议被规则拒绝",
    "Confirmation refused by rule": "确认被规则拒绝",
    "Withdrawal refused by rule": "撤销被规则拒绝",
}
OWNERSHIP_ERRORS_ZH = {
    "no such precedent": "没有这条先例",
}
