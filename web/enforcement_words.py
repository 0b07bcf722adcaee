"""The words of enforcement outcomes (执法结果) and repeat offences (屡次违法), in Chinese; English is the key."""

ENFORCEMENT_ZH = {
    "Enforcement outcomes": "执法结果",
    "Note an enforcement outcome": "登记执法结果",
    "Note the outcome": "登记",
    "The enforcement outcome was noted.": "执法结果已登记。",
    "The enforcement outcome was withdrawn.": "执法结果已撤回。",
    "Offence number {} at this place or of this party: the heavier path is taken.": (
        "同一地点或当事人已是第 {} 次违法：从重处理。"
    ),
    "To be checked": "待改正复查",
    "Check late": "复查逾期",
    "Not complied with": "未改正",
    "Compliance check": "改正复查",
    "complied with": "已改正",
    "nothing to check": "无须复查",
    "Party": "当事人",
    "{} yuan": "{} 元",
    "time {}": "第 {} 次",
    "Kind": "种类",
    "Noted": "登记于",
    "Only the first {} are shown.": "只显示前 {} 条。",
    "Noted in 30 days": "近 30 天登记",
    "Nothing here.": "没有内容。",
    "checked by": "改正复查",
    "checks": "复查的案件",
    "repeats": "此前同类违法",
    "repeated by": "其后同类违法",
    "Enforcement outcome noted": "登记执法结果",
    "Enforcement outcome withdrawn": "撤回执法结果",
    "Compliance checked": "改正复查",
    "Enforcement outcome refused by rule": "执法结果被规则退回",
    "Heavier step refused by rule": "从重处理被规则退回",
    "Repeat offence found": "发现屡次违法",
    "Repeat offence taken up": "屡犯从重督导",
    "compliance check late": "改正复查逾期",
    "not complied with": "当事人未改正",
}
ENFORCEMENT_ERRORS_ZH = {
    "no such enforcement outcome": "没有这条执法结果",
    "only who noted the outcome takes it back: note another one beside it": (
        "只有登记人可以撤回执法结果；您可以另行登记一条"
    ),
    "the outcome in case {case} was checked or withdrawn already": "案件 {case} 的这条执法结果已复查或已撤回",
    "no enforcement outcomes are noted in task {task} now": "任务“{task}”现在不能登记执法结果",
    "only who does task {task} notes its enforcement outcomes": "只有办理任务“{task}”的人可以登记执法结果",
}
