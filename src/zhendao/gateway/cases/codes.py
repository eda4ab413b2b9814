"""Reason codes of decisions and corrections: ours, each beside the code 01–30 or 71 of Sandata's list that it answers.

A stable word, a sentence in each language, and whether it says that nobody is to blame. rule: SAME-DAY
"""

from dataclasses import dataclass
from typing import Final

from zhendao.protocol.wording import Text


@dataclass(frozen=True, slots=True)
class Reason:
    """``sandata``: the code there, two digits; ``of_system``: a fault of ours or of nature, and of no person.

    ``needs_memo``: it says nothing without words beside it.
    """

    word: str
    sandata: str
    text: Text
    of_system: bool = False
    needs_memo: bool = False


def _of(*rows: tuple[str, str, str, str]) -> tuple[Reason, ...]:
    return tuple(Reason(word, code, Text(zh, en)) for word, code, zh, en in rows)


REASONS: Final[dict[str, Reason]] = {
    one.word: one
    for one in (
        *_of(
            ("other_time", "01", "老人要求改时间", "the elder asked for another time"),
            ("wrong_id", "02", "护理员用错了卡或编号", "the caregiver used a wrong card or number"),
            ("no_checks", "03", "没有打卡，有书面记录", "there were no checks; it is documented on paper"),
            ("no_check_out", "04", "忘记签退", "the check-out was forgotten"),
            ("schedule_error", "05", "排班错误", "the schedule was wrong"),
            ("no_check_in", "06", "忘记签到", "the check-in was forgotten"),
            ("staff_change_asked", "08", "老人要求换人", "the elder asked for another caregiver"),
            ("elder_emergency", "11", "老人突发情况", "the elder had an emergency"),
            ("staff_late", "12", "护理员迟到", "the caregiver was late"),
            ("staff_injured", "13", "护理员受伤", "the caregiver was injured"),
            ("staff_family", "14", "护理员家中急事", "the caregiver's family had an emergency"),
            ("other_staff", "15", "由另一位护理员上门", "another caregiver came"),
            ("transport", "16", "交通原因", "transport"),
            ("part_of_shift", "17", "未能全程在岗", "the whole of the shift could not be staffed"),
            ("extra_staff", "18", "需要增派人手", "more staff was needed"),
            ("staff_early", "19", "护理员提前到", "the caregiver was early"),
            ("time_off", "21", "休假", "time off"),
            ("tasks_updated", "26", "服务项目有更新", "the tasks were updated"),
            ("schedule_change", "28", "临时调整排班", "the schedule was changed"),
            ("shift_extended", "29", "延长服务", "the shift was extended"),
            ("blended", "30", "几项服务合并上门", "services were given in one visit"),
            ("remote", "71", "远程服务", "the visit was made from afar"),
        ),
        Reason("system_cancelled", "07", Text("系统取消", "cancelled by the system"), of_system=True),
        Reason("line_busy", "09", Text("通信线路被占用", "the line was in use"), of_system=True),
        Reason("network_down", "10", Text("网络中断", "the network was down"), of_system=True),
        Reason("disaster", "20", Text("恶劣天气或灾害", "weather or a disaster"), of_system=True),
        Reason("other", "22", Text("其他，须说明", "other; say what"), needs_memo=True),
        Reason("phone_broken", "23", Text("电话或手机损坏", "a phone was broken"), of_system=True),
        Reason("platform_down", "07", Text("平台中断", "the platform was down"), of_system=True),
        Reason("check_in_broken", "24", Text("签到功能故障", "the check-in did not work"), of_system=True),
        Reason("check_out_broken", "25", Text("签退功能故障", "the check-out did not work"), of_system=True),
        Reason("terminal_down", "27", Text("终端无法使用", "the terminal could not be used"), of_system=True),
    )
}
