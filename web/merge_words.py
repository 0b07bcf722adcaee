"""The words of merging reports (并案), in Chinese; English is the key."""

MERGE_ZH = {
    "merged": "已并案",
    "Merged into another case": "并入其他案件",
    "Taken out of the case it was merged into": "撤销并案",
    "A report was merged into this case": "并入一件同一事项的上报",
    "A report was taken out of this case": "一件上报撤销并案",
    "Clock runs from the first report": "按最早上报起算时限",
    "Reporter answered": "答复上报人",
    "Merging refused by rule": "并案被规则拒绝",
    "Undoing the merge refused by rule": "撤销并案被规则拒绝",
    "Process put aside": "流程终止",
    "Process goes on where it was": "流程恢复",
    "was merged into another case": "已并入其他案件",
}
MERGE_ERRORS_ZH = {
    "whether reports are one matter is decided by those who file and dispatch": "是否并案由受理、派遣人员决定",
    "case {case} is not merged": "案件 {case} 没有并案",
    "case {case} was merged by someone else meanwhile": "案件 {case} 刚被他人并案，请刷新后再看",
    "case {case} was merged into {other}: ask about that one": "案件 {case} 已并入 {other}，请就后者回访",
}
