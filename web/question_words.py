"""The words of questions between units (单位间提问), in Chinese; English is the key."""

QUESTION_ZH = {
    "Questions between units": "单位间提问",
    "The question": "提问内容",
    "Who asks": "提问人",
    "To answer by": "答复期限",
    "The case stays with the unit that asks; you only answer.": "案件仍由提问单位办理，您只需答复。",
    "Unit to ask": "向哪个单位提问",
    "Question": "问题",
    "Limit to answer: {}; asked now, until {}. The case stays with you and its clock runs on.": (
        "答复时限 {}；现在提问，须在 {} 前答复。案件仍由您办理，计时不停。"
    ),
    "Ask the unit": "提问",
    "Ask another unit": "向其他单位提问",
    "not answered in time": "逾期未答复",
    "Answered": "答复时间",
    "Not answered when the case was closed": "结案时仍未答复",
    "No answer yet": "尚未答复",
    "{} is asked; its time to answer runs. The case stays with you.": "已向{}提问，答复时限开始计算；案件仍由您办理。",
    "The question was withdrawn.": "提问已撤回。",
    "asked in 30 days": "近 30 天被提问",
    "did not answer in time": "未按时答复",
    "answered in time": "按时答复率",
    "answers your question": "答复了您的提问",
    "must have 4 to 1,000 letters": "须为 4 至 1,000 字",
    "Question to a unit": "向单位提问",
    "Question answered": "答复提问",
    "Question not answered in time": "提问逾期未答复",
    "Late answer explained": "说明逾期未答复",
    "Question withdrawn": "撤回提问",
    "Limit of a question moved": "答复期限变动",
    "Question ended with the case": "提问随案件结束",
    "Question refused by rule": "按规则不予提问",
}
QUESTION_ERRORS_ZH = {
    "no such question": "没有这个提问",
    "the question is over already: read the answer on the page of the case": "该提问已经结束，请在案件页查看答复",
    "only the unit that asked, or the dispatcher, withdraws a question": "只有提问单位或派遣员可以撤回提问",
}
