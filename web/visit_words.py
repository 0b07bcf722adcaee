"""The words of visits (入户走访) and paper sheets, in Chinese; English is the key."""

VISIT_ZH = {
    "Found on a visit": "入户走访发现",
    "Paper slip entered": "补录纸质单",
    "is one too many: twenty matters a visit at most": "事项过多，一次走访最多 20 项",
    "lies in the future, or more than 60 days back": "时间在将来，或早于 60 天前",
    "lies in the future": "时间在将来",
    "Visits": "入户走访",
    "Enter a visit": "登记走访",
    "No visits yet.": "还没有走访记录。",
    "{} matters": "{} 个事项",
    "Address, name or number of the household": "住址、姓名或户档编号",
    "No record of it yet: write it down below, once.": "还没有户档，请在下面登记一次即可。",
    "Household": "户档",
    "Name of the person": "姓名",
    "Another household": "换一户",
    "Building, entrance, door": "楼栋、单元、门牌",
    "What to know": "户情",
    "Elderly": "老人",
    "Lives alone": "独居",
    "Disabled": "残疾",
    "Child": "儿童",
    "Rented": "出租",
    "Reluctant": "不愿配合",
    "Dog": "有犬",
    "What was found": "发现的事项",
    "Tick every matter. Each goes to its own unit; what is private is read by that unit alone.": (
        "勾选全部事项，系统分派到各单位；内部备注只有该单位能看到。"
    ),
    "Private, for its unit only": "内部备注，仅承办单位可见",
    "The visit": "走访",
    "Remark on the visit": "走访备注",
    "For those who visit. Neither the units nor the resident read it.": "供走访人员使用，承办单位和居民都看不到。",
    "Time on the paper": "纸质单上的时间",
    "The visit was kept. Each matter goes to its own unit now.": "走访已登记，各事项已分别办理。",
    "Visited": "走访时间",
    "Entered": "录入时间",
    "{} of {} settled": "已办结 {} / {}",
    "Visit this household again": "再次走访该户",
    "What the resident reads": "居民看到的页面",
    "For the resident": "交给居民",
    "One code for all of it: with it the resident follows every matter and reads the answer.": (
        "一个编号查全部：居民凭此查询各事项进度，并收到统一答复。"
    ),
    "Matter": "事项",
    "All is settled": "全部办结",
    "Other units handle the other matters; each reads its own only.": (
        "其余事项由其他单位办理，各单位只能看到自己的事项。"
    ),
    "It is kept beside the time of entry. For a whole visit, enter the sheet as a visit:": (
        "与录入时间一并保存。整次走访的走访单，请在此补录："
    ),
    "For": "用途",
    "One matter: a small slip": "单个事项：小回执",
    "A whole visit: a sheet with all matters to tick": "整次走访：可勾选全部事项的走访单",
    "Time": "时间",
}
VISIT_ERRORS_ZH = {
    "no such household": "没有这个户档",
    "no such visit": "没有这次走访",
    "there is no visit with this code": "没有这个走访编号",
}
