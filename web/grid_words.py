"""The words of grids and of dividing them anew (网格调整), in Chinese; English is the key."""

GRID_ZH = {
    "Who works where. Grids are divided anew from a day on: open work goes to whoever works there then, figures of the "
    "past stay.": "各网格由谁负责。网格自指定之日起调整：在办工作随网格转给新的负责人，以往统计不变。",
    "What moves": "调整影响",
    "Look what moves": "查看调整影响",
    "Open cases that come into the grid: {}": "转入该网格的在办案件：{} 件",
    "Open cases at other addresses, which stay: {}": "其他地址的在办案件留在原网格：{} 件",
    "What the present worker has claimed of them is handed over, with a list to sign.": (
        "现负责人已签收的任务随之移交，并生成交接清单待签收。"
    ),
    "Rows of the list of duties that name the old grid by its code: {}. They do not reach the new one.": (
        "权责清单中有 {} 行按编码指定原网格，不适用于新网格，请在清单中一并列明。"
    ),
    "Divided anew": "网格调整记录",
    "records of households follow after the visit campaign": "户档在本轮走访结束后随之转移",
    "Call off": "撤销安排",
    "It was called off.": "已撤销安排。",
    "Split or merge grids": "拆分或合并网格",
    "Split a grid": "拆分网格",
    "Merge grids": "合并网格",
    "Name of the new grid": "新网格名称",
    "Addresses that belong to it, one a line: streets, or streets with house numbers": (
        "划入新网格的地址，每行一个：街路名，或街路名加门牌号"
    ),
    "Households in it": "其中户数",
    "Who works there from then on": "调整后由谁负责",
    "From the beginning of this day": "自该日零时起",
    "Grids of one community that become one": "同一社区内要合并的网格（可多选）",
    "The one of them that remains": "合并后保留哪一个",
    "Its name from then on (empty: as before)": "合并后的名称（不填则不变）",
    "Grids in force": "现行网格",
    "Who works there": "负责人",
    "choose one grid": "请选择一个网格",
    "choose two grids or more": "请选择两个以上网格",
    "belong to different communities": "不属于同一社区",
    "lies in the past": "不能早于今天",
    "is more than the grid has": "不能超过原网格户数",
    "is none of these grids": "须是所选网格之一",
    "is no number": "须是数字",
}
GRID_ERRORS_ZH = {
    "grid {grid} is to be divided already: call that off first": "网格 {grid} 已有待生效的调整，请先撤销",
    "there is no such division of grids": "没有这项网格调整",
    "the grids are divided already: plan another division instead": "该调整已生效，如需变更请另行安排",
}
