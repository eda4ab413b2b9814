"""What classes and kinds are called in both languages. A class without a name here is shown by its word."""

from typing import Final

from zhendao.protocol.wording import Text

CLASSES: Final[dict[str, Text]] = {
    "phantom": Text("挂空单", "phantom visit"),
    "short": Text("故意缩时", "short visit"),
    "removed_door_tag": Text("揭走门牌", "door tag taken along"),
    "cloned_uid": Text("复制卡号", "copied number"),
    "harvested_sun": Text("重放动态码", "collected messages"),
    "lent_card": Text("借卡", "card lent"),
    "booked_under_others": Text("借名记时", "booked under others"),
    "staged_double_taps": Text("掐点两刷", "staged double taps"),
    "moved_terminal": Text("搬走终端", "terminal taken away"),
    "forgotten_out": Text("忘签退", "check-out forgotten"),
    "forgotten_in": Text("忘签到", "check-in forgotten"),
    "left_early": Text("提前结束", "ended early"),
    "stayed_long": Text("超时", "stayed long"),
    "substitute": Text("替班", "stand-in"),
    "missed": Text("缺勤", "did not come"),
    "wrong_clock": Text("终端时钟错", "terminal's clock wrong"),
    "not_witnessed": Text("终端停电", "terminal dark"),
    "late": Text("迟到", "late"),
    "double_tap": Text("重复刷卡", "tapped twice"),
    "wrong_order": Text("早签退再签到", "out too soon, in again"),
    "taken_back": Text("撤回重刷", "taken back"),
    "no_fix": Text("无定位", "no fix"),
    "gnss_drift": Text("定位漂移", "fix drifted"),
    "carried_over": Text("接上次未签退", "taken for the last one's end"),
    "lone_card": Text("先刷单卡", "card alone first"),
    "strange_card": Text("先刷别的卡", "another card first"),
    "tapped_thrice": Text("连刷三次", "three taps at once"),
    "other_card": Text("进出两张卡", "in with one card, out with another"),
    "wrong_door": Text("刷错门", "wrong door first"),
    "recheck_forgotten": Text("漏中途打卡", "no check in between"),
    "terminal_changed": Text("服务中换终端", "terminal exchanged meanwhile"),
    "no_door_tag": Text("门牌脱落", "door tag gone"),
    "no_card": Text("忘带卡", "no card with her"),
    "extra_visit": Text("临时加访", "called once more"),
    "wrong_address": Text("登记位置错", "home marked wrong"),
    "shift": Text("驻站当班", "shift at a station"),
    "honest": Text("无差错", "nothing amiss"),
    "over_capacity": Text("机构超容量", "over capacity"),
    "unlicensed": Text("机构无许可", "licence run out"),
    "health_certificate": Text("健康证过期", "certificate run out"),
}
GROUPS: Final = {
    "fraud": Text("作弊", "frauds"),
    "mistake": Text("诚实的差错与意外", "honest mistakes and mishaps"),
    "quiet": Text("不必有疑点", "nothing need be found"),
    "office": Text("登记本身", "the registry itself"),
}
COLUMNS: Final = (
    Text("类别", "class"),
    Text("次数", "visits"),
    Text("无痕迹", "no trace"),
    Text("太少", "too few"),
    Text("有痕迹", "traced"),
    Text("查出", "found"),
    Text("召回率", "recall"),
    Text("仅提示", "by a hint alone"),
    Text("精确率", "precision"),
    Text("那里查出了什么", "what was found there"),
)
KIND_COLUMNS: Final = (
    Text("疑点", "kind"),
    Text("条数", "findings"),
    Text("确有其事", "person's doing"),
    Text("登记所致", "registry"),
    Text("设施故障", "fault of ours"),
    Text("无从对错", "moot"),
    Text("错", "wrong"),
    Text("精确率", "precision"),
    Text("冤枉诚实者", "honest suspected"),
    Text("故障怪人", "fault, blames a person"),
)
TARGETS: Final = {
    "recall": Text("{name}：召回率 ≥ {limit}", "recall of {name} ≥ {limit}"),
    "precision": Text("总精确率（不计登记自明的）≥ {limit}", "precision of all that facts show ≥ {limit}"),
    "suspicions": Text("作弊嫌疑的精确率 ≥ {limit}", "precision of suspicions ≥ {limit}"),
    "honest": Text(
        "诚实护理员被疑作弊，每千次服务 ≤ {limit}", "honest caregivers suspected of fraud, in 1,000 visits ≤ {limit}"
    ),
    "blamed": Text(
        "设施故障引起而怪人的疑点 = {limit}", "findings that a fault of ours caused and that blame = {limit}"
    ),
}
HOLDS: Final = {True: Text("达到", "holds"), False: Text("未达到", "missed")}


PICTURE: Final = {
    "title": Text("真实情况与查出的疑点", "What really was, and what was found"),
    "under": Text(
        "{cities} 座城 × {days} 天，每城护理员 {caregivers} 人，{visits:,} 次服务。"
        "格中是该类服务里查出此疑点的百分比。",
        "{cities} cities × {days} days, each of {caregivers} caregivers; {visits:,} visits. "
        "A cell says of how many in a hundred visits of the class the kind was found.",
    ),
    "answers": Text("应当查出的", "answers it"),
    "beside": Text("属实，另一回事", "right, about something else"),
    "wrong": Text("有错的", "some of it wrong"),
    "nothing": Text("无疑点", "nothing"),
    "visits": Text("次数", "visits"),
}


def called(name: str) -> Text:
    """Return what a class is called."""
    return CLASSES.get(name, Text(name, name))
