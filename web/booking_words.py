"""The words of shared resources and their booking (预约共享资源), in Chinese; English is the key."""

BOOKING_ZH = {
    "Resource booked": "预约资源",
    "Booking cancelled": "取消预约",
    "Booking released": "释放预约",
    "Booking refused by rule": "预约被规则退回",
    "books a resource of your unit": "预约了本单位的资源",
    "A resource of your unit is given back": "本单位的资源不再占用",
    "cancels a booking": "取消了预约",
    "Shared resources": "共享资源",
    "Vehicles": "车辆",
    "People to lend": "人员",
    "Equipment": "设备",
    "Vehicles, people and equipment that units lend. They are booked on the page of a case or of a task.": (
        "各单位可共享的车辆、人员和设备；在案件或任务页面上预约。"
    ),
    "One day": "按日",
    "One week": "按周",
    "View": "视图",
    "Other days": "其他日期",
    "There is nothing of this kind.": "没有此类资源。",
    "taken until {}": "占用至 {}",
    "free now": "当前空闲",
    "not lent now": "当前不出借",
    "Lent": "出借期",
    "A field is six hours; blue is booked by your unit, orange by others.": (
        "每格六小时；蓝色为本单位预约，橙色为其他单位预约。"
    ),
    "A field is a day; blue is booked by your unit, orange by others.": (
        "每格一天；蓝色为本单位预约，橙色为其他单位预约。"
    ),
    "Nothing is booked for this case.": "本案没有预约。",
    "Booked resources": "预约的资源",
    "cancelled": "已取消",
    "given back": "已释放",
    "over": "已结束",
    "Book a vehicle, people or equipment": "预约车辆、人员或设备",
    "Resource": "资源",
    "Book": "预约",
    "What is free": "查看空闲情况",
    "Cancel the booking": "取消预约",
    "It is booked; the unit that owns it is told.": "已预约，并已通知所属单位。",
    "The booking is cancelled; the other side is told.": "预约已取消，并已通知对方。",
    "ends before it begins": "结束时间应晚于开始时间",
}
BOOKING_ERRORS_ZH = {
    "there is no resource {code}": "没有资源 {code}",
    "no such booking": "没有这个预约",
    "the booking of {resource} has ended already": "{resource}的预约已经结束",
}
