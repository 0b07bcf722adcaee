"""The words of the list of duties, in Chinese; English is the key."""

DUTY_ZH = {
    "List of duties": "权责清单",
    "Which unit is responsible for what, where, since when and by which basis. Cases are dispatched by it.": (
        "什么事项、在哪里、由哪个单位负责、依据是什么、何时生效；案件按此派遣。"
    ),
    "On the day": "日期",
    "Who is responsible": "责任单位",
    "Nobody: the fallback rule decides": "无牵头单位：按兜底规则确定",
    "Owner": "权属单位",
    "Territory": "属地单位",
    "Fallback": "兜底单位",
    "Gaps and overlaps": "空白与交叉",
    "Nobody leads": "无牵头单位",
    "Several lead": "多个牵头单位",
    "{} grids": "{} 个网格",
    "from {}": "自 {} 起",
    "Every item has exactly one leading unit in every grid.": "每个网格的每个事项都有且只有一个牵头单位。",
    "always": "长期",
    "Rows": "清单条目",
    "Area": "区域",
    "Role": "职责",
    "In force": "生效期间",
    "duty-lead": "牵头",
    "duty-one-of": "可牵头之一",
    "duty-assist": "配合",
    "duty-owner": "权属",
    "duty-territory": "属地",
    "duty-fallback": "兜底",
    "The first {} are shown: choose an item, a grid or a unit, or open the file.": (
        "仅列出前 {} 条：请选择事项、网格或单位，或打开文件。"
    ),
    "Version {}": "第 {} 版",
    "Publish a new list": "发布新清单",
    "The list was refused whole; nothing was changed.": "清单整体未被接受，未作任何修改。",
    "What changes": "变更条数",
    "Look what it changes": "查看变更",
    "Publish": "发布",
    "Cancel": "取消",
    "Versions": "版本",
    "CSV file": "CSV 文件",
    "load": "导入",
    "Unit found by the list of duties": "按权责清单确定单位",
    "The list is in force; running cases keep the version of their dispatch.": (
        "新清单已生效；在办案件沿用派遣时的版本。"
    ),
    "nobody leads: name a unit with the role fallback": "无牵头单位：请指定兜底单位（fallback）",
}
