"""The words of the simulated model (:mod:`synth.llm.simserver`), English and Chinese."""

from __future__ import annotations


def _words(line: str) -> tuple[str, ...]:
    return tuple(line.split("|"))


THINGS = _words(
    "harbour|bridge|orchard|ledger|kettle|lantern|timetable|greenhouse|notebook|ferry|library|beehive|compass|"
    "quilt|telescope|bakery|canal|clinic|workshop|museum|garden|printer|bicycle|battery|recipe|invoice|contract|"
    "parcel|survey|forecast|schedule|syllabus|poem|melody|sculpture|chessboard|violin|aquarium|glacier|volcano|"
    "meadow|reef|desert|island|tunnel|station|airport|warehouse|cellar|attic|balcony|staircase|window|mirror|"
    "carpet|curtain|blanket|cushion|teapot|saucepan|oven|fridge|freezer|spoon|basket|barrel|bottle|jar|envelope|"
    "stamp|postcard|newspaper|magazine|novel|dictionary|atlas|globe|calendar|diary|receipt|ticket|passport|"
    "suitcase|umbrella|raincoat|scarf|mitten|sandal|helmet|saddle|wagon|tractor|plough|windmill|turbine|"
    "reservoir|pipeline|antenna|satellite|sensor|keyboard|spreadsheet|database|firewall|password|backup|archive|"
    "glossary|transcript|podcast|documentary|festival|auction|raffle|picnic|marathon|tournament|rehearsal|"
    "interview|internship|mortgage|pension|insurance|vaccine|thermometer|bandage|microscope"
)
KINDS = _words(
    "rural|coastal|modern|ancient|portable|fragile|seasonal|municipal|vintage|wooden|silent|crowded|remote|"
    "cheerful|temporary|waterproof|historic|shared|electric|careful|bilingual|abandoned|spacious|narrow|"
    "colourful|reliable|unusual|affordable|hand-made|second-hand|volunteer-run|solar-powered|family-owned|"
    "well-known|half-finished|quiet"
)
ACTIONS = _words(
    "describe|compare|summarise|explain|outline|classify|rewrite|plan|review|translate|estimate|rank|schedule|"
    "critique|simplify|illustrate|defend|question|measure|design|repair|advertise|budget|catalogue|introduce|"
    "evaluate|reorganise|present|justify|predict|label|combine|shorten|annotate"
)
PEOPLE = _words(
    "gardeners|nurses|apprentices|tourists|librarians|engineers|grandparents|beginners|shopkeepers|sailors|"
    "teachers|farmers|translators|volunteers|commuters|musicians|accountants|cyclists|designers|campers|parents|"
    "students|neighbours|plumbers|bakers|reporters|coaches|curators|drivers|electricians"
)
REASONS = _words(
    "winter storms|rising rents|a tight budget|poor lighting|late deliveries|language barriers|limited storage|"
    "noise complaints|heavy rain|frequent power cuts|new regulations|a shortage of staff|unreliable data|"
    "long queues|broken equipment|last-minute changes|missing paperwork|steep stairs|food allergies|"
    "low attendance|early mornings|slow internet|a sudden heatwave|conflicting opinions|worn-out tools|"
    "seasonal demand|strict deadlines|old habits"
)
ZH_THINGS = _words(
    "码头|石桥|果园|账本|水壶|灯笼|时刻表|温室|笔记本|渡轮|图书馆|蜂箱|指南针|棉被|望远镜|面包房|运河|诊所|工坊|"
    "博物馆|花园|打印机|自行车|电池|菜谱|发票|合同|包裹|问卷|天气预报|日程表|课程表|诗集|乐谱|雕塑|棋盘|小提琴|"
    "鱼缸|冰川|火山|草甸|珊瑚礁|沙漠|小岛|隧道|车站|机场|仓库|地窖|阁楼|阳台|楼梯|窗户|镜子|地毯|窗帘|毛毯|靠垫|"
    "茶壶|炒锅|烤箱|冰箱|竹篮|木桶|信封|邮票|明信片|报纸|杂志|小说|词典|地图册|日历|日记|收据|车票|护照|行李箱|"
    "雨伞|围巾|手套|凉鞋|头盔|马车|拖拉机|风车|水库|管道|天线|卫星|传感器|键盘|电子表格|数据库|防火墙|备份|档案|"
    "术语表|播客|纪录片|庙会|拍卖会|野餐|马拉松|比赛|排练|面试|实习|房贷|养老金|保险|疫苗|体温计|绷带|显微镜"
)
ZH_KINDS = _words(
    "乡下的|海边的|现代的|古老的|便携的|易碎的|应季的|市政的|复古的|木制的|安静的|拥挤的|偏远的|热闹的|临时的|"
    "防水的|共用的|电动的|双语的|废弃的|宽敞的|狭窄的|彩色的|可靠的|少见的|实惠的|手工的|二手的|太阳能的|"
    "家族经营的|有名的|半成品的"
)
ZH_ACTIONS = _words(
    "描述|比较|概括|解释|列出|归类|改写|规划|点评|翻译|估算|排序|安排|批评|简化|说明|反驳|测量|设计|修理|宣传|"
    "预算|编目|介绍|评估|整理|展示|论证|预测"
)
ZH_PEOPLE = _words(
    "园丁|护士|学徒|游客|管理员|工程师|老人|新手|店主|船员|教师|农民|译者|志愿者|上班族|乐手|会计|骑友|设计师|"
    "露营者|家长|学生|邻居|水管工|记者|教练|策展人|司机|电工"
)
ZH_REASONS = _words(
    "冬季风暴|房租上涨|预算紧张|光线不足|送货延误|语言障碍|储物空间有限|噪音投诉|连日大雨|频繁停电|新规出台|"
    "人手不足|数据不准|排队太久|设备损坏|临时变动|材料缺失|楼梯太陡|食物过敏|到场人数少|起得太早|网速太慢|"
    "突然高温|意见不一|工具老旧|需求波动|期限严格|旧习惯难改"
)

SENTENCES = (
    "{Action} how a {kind} {thing} could help {people} who struggle with {reason}.",
    "In {number} short points, {action} the {thing} that {people} use during {reason}, and name a {kind} rival.",
    "{Action} the difference between a {kind} {thing} and a {kind2} {thing2} for {people}.",
    "A group of {people} wants to move its {kind} {thing} because of {reason}; {action} the options.",
    "Given {reason}, {action} whether {people} should keep the {thing} or buy a {kind} {thing2}.",
    "{Action} a {kind} {thing} to {people}, mention {reason}, and end with advice about the {thing2}.",
    "Write to the {people} about the {thing2}: {action} the {kind} {thing} and apologise for {reason}.",
    "Why do {people} prefer a {kind} {thing} to a {thing2} when there is talk of {reason}?",
    "{Action} {number} ways in which {reason} changes what {people} expect from a {thing}.",
    "Imagine a {thing} beside a {kind} {thing2}; {action} the scene for {people} facing {reason}.",
)
ZH_SENTENCES = (
    "请{action}{kind}{thing}怎样帮助受{reason}困扰的{people}。",
    "用{number}个要点{action}{people}在{reason}时使用的{thing}，再举一个{kind}替代品。",
    "面向{people}，{action}{kind}{thing}与{kind2}{thing2}的区别。",
    "一群{people}因为{reason}想搬走{kind}{thing}，请{action}可行的方案。",
    "考虑到{reason}，请{action}{people}该保留{thing}还是购买{kind}{thing2}。",
    "向{people}{action}一件{kind}{thing}，提到{reason}，最后给出关于{thing2}的建议。",
    "给{people}写一封关于{thing2}的信：{action}{kind}{thing}，并为{reason}致歉。",
    "谈到{reason}时，为什么{people}更喜欢{kind}{thing}而不是{thing2}？",
    "请{action}{reason}会在哪{number}个方面改变{people}对{thing}的期待。",
    "想象{kind}{thing2}旁边有一座{thing}，为遇到{reason}的{people}{action}这个场景。",
)
NUMBERS = ("two", "three", "four", "five", "six", "seven")
ZH_NUMBERS = ("两", "三", "四", "五", "六", "七")
