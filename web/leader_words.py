"""The words of boards, bulletins, choices of a person and letters, in Chinese; English is the key."""

LEADER_ZH = {
    "To be filed and dispatched": "待立案派遣",
    "{} waiting, {} taken, {} late": "待领 {}，在办 {}，超时 {}",
    "File and dispatch": "立案并派遣",
    "proposed by the unit that sent it back": "退回单位建议",
    "appeals upheld in 30 days": "近 30 天申诉成立",
    "Give to {}": "改派给{}",
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
    "Official bulletin": "官方通报",
    "Official bulletins": "官方通报",
    "Nothing was published yet.": "暂无通报。",
    "the newest": "最新",
    "Withdrawn": "已撤回",
    "Withdraw": "撤回",
    "Tell the public": "发布通报",
    "Publish": "发布",
    "It was published.": "已发布。",
    "It was not published.": "没有发布，请修改。",
    "It was withdrawn.": "已撤回。",
    "What everybody reads": "公众看到的页面",
    "What the public is told, in Chinese": "通报内容（中文）",
    "The same in English (optional)": "英文内容（选填）",
    "Everybody can read it at once. No names, numbers or addresses of persons.": (
        "发布后所有人立即可见。不得出现个人姓名、号码和住址。"
    ),
    "has a phone number, identity number, mail address or the reporter's contact in it": (
        "含有电话、身份证号、邮箱或上报人联系方式"
    ),
    "Bulletin published": "发布通报",
    "Bulletin withdrawn": "撤回通报",
    "Notices by mail": "邮件提醒",
    "A letter names the case by its number only. Leave the field empty to get none.": (
        "邮件只写案件编号，不含上报内容。留空则不发送。"
    ),
    "Mail address": "邮箱地址",
    "is no mail address": "不是有效的邮箱地址",
    "Keep": "保存",
    "It was kept.": "已保存。",
    "Handed to me": "转给我的",
    "Switch user": "切换用户",
    "Practice": "培训模式",
    "Sample cases in a city of their own: nothing here is real, and no figure counts it.": (
        "示例案件，数据独立，均非真实事件，不计入任何统计。"
    ),
    "Since": "到达时间",
    "Took": "用时",
    "Spot": "位置",
    "Size of the type": "字号",
    "Large type": "大字号。",
    "Usual type": "标准字号。",
    "Switch to large type": "改用大字号",
    "Switch to usual type": "改用标准字号",
}
LEADER_ERRORS_ZH = {
    "there is no such bulletin": "没有这个通报",
    "{person} may not speak to the public": "{person} 无权发布通报",
}
