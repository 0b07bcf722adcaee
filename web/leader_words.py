"""The words of boards, bulletins, choices of a person and letters, in Chinese; English is the key."""

LEADER_ZH = {
    "By week": "按周",
    "Open cases by grid": "各网格在办案件",
    "How long each step takes": "各环节平均用时",
    "Reported and closed by week, and how much of it on time": "每周上报、办结数量与按时率",
    "below: on time, per cent": "下方为按时率",
    "Week from": "周（起始日）",
    "Average natural time from offering a task to completing it, last 90 days.": (
        "近 90 天，从任务产生到完成的平均自然时间。"
    ),
    "quick": "快",
    "slow": "慢",
    "Average": "平均用时",
    "done in 90 days": "近 90 天完成",
    "reported since": "上报不早于",
    "reported before": "上报早于",
    "closed since": "结案不早于",
    "closed before": "结案早于",
    "closed on time": "按时结案",
    "Since": "到达时间",
    "Took": "用时",
    "Spot": "位置",
    "Size of the type": "字号",
    "Large type": "大字号。",
    "Usual type": "标准字号。",
    "Switch to large type": "改用大字号",
    "Switch to usual type": "改用标准字号",
}
