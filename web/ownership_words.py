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
}
