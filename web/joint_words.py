"""The words of joint enforcement (联合执法), in Chinese; English is the key."""

JOINT_ZH = {
    "Joint enforcement": "联合执法",
    "Round {}": "第 {} 轮",
    "did not check in in time": "未按时报到",
    "Checked in": "报到",
    "{} m from the site": "距现场 {} 米",
    "distance not known": "距离不详",
    "Nobody there by": "截至此时无人报到：",
    "Called": "召集",
    "Explained by": "说明人",
    "Result": "结果",
    "No result; reason of the lead": "未提交结果，牵头单位说明",
    "No result yet": "尚未提交结果",
    "Call {}": "召集{}",
    "Call another unit": "召集其他单位",
    "Call": "召集",
    "{} is called; its time to check in runs.": "已召集{}，报到时限开始计算。",
    "called in 30 days": "近 30 天被召集",
    "came in time": "按时报到率",
    "did not come in time": "未按时报到",
    "Where I am now": "填入当前位置",
    "Only the distance from the site is kept.": "只记录与现场的距离。",
    "Units called to a joint action": "召集联合执法单位",
    "Checked in on the spot": "报到",
    "Did not check in in time": "未按时报到",
    "Absence explained": "说明未报到",
    "Result of a unit filed": "单位提交结果",
    "Joint action closed": "联合执法收尾",
    "Closing refused by rule": "收尾被规则退回",
    "Another unit called": "加召单位",
}
JOINT_ERRORS_ZH = {
    "only the lead of case {case}, or the dispatcher, calls another unit": (
        "只有案件 {case} 的牵头单位或派遣员可以召集其他单位"
    ),
    "there is no unit {unit}": "没有单位 {unit}",
    "no units act together in case {case} now": "案件 {case} 目前没有进行中的联合执法",
    "{unit} was called already": "{unit}已被召集",
    "{unit} was not called to this joint action": "{unit}未被召集参加本次联合执法",
}
