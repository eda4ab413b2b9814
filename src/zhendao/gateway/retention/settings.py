"""`[retention]` in gateway.toml: for how many days each kind of data is kept, and at which hour the rest is deleted.

The reason for each default is in docs/privacy.md. 0: kept for ever. What a kept visit rests on is kept with it.
rule: PIPL, EVIDENCE
"""

from dataclasses import dataclass
from typing import Annotated, Final

from zhendao.command.kinds import Integer, Switch
from zhendao.protocol.wording import Text

MOST_DAYS = 36_525
_Days = Annotated[int, Integer(0, MOST_DAYS)]
FIVE_YEARS = 1_826
THREE_YEARS = 1_096
HALF_A_YEAR = 183


@dataclass(frozen=True)
class RetentionTable:
    """Days for which each kind is kept; ``hour``: the local hour (`utc_offset_min` of [visits]) of the nightly run.

    ``on``: false keeps everything, and says so. ``accesses_days``: nobody may set less than half a year.
    """

    on: Annotated[bool, Switch()] = True
    hour: Annotated[int, Integer(0, 23)] = 3
    visits_days: _Days = FIVE_YEARS
    events_days: _Days = FIVE_YEARS
    fixes_days: _Days = HALF_A_YEAR
    findings_days: _Days = FIVE_YEARS
    alerts_days: _Days = THREE_YEARS
    sends_days: _Days = HALF_A_YEAR
    meals_days: _Days = FIVE_YEARS
    reminders_days: _Days = HALF_A_YEAR
    forwarded_days: _Days = 366
    quarantine_days: _Days = HALF_A_YEAR
    registry_days: _Days = FIVE_YEARS
    accesses_days: Annotated[int, Integer(HALF_A_YEAR, MOST_DAYS)] = THREE_YEARS


REASONS: Final = {
    "visits_days": Text(
        "结算、核查与责任追究的证据；老人档案在服务协议期满后保存五年", "evidence; files of elders are kept five years"
    ),
    "events_days": Text("上门记录的原始证据，与之同存", "the original evidence of visits, kept with them"),
    "fixes_days": Text(
        "终端位置只为发现搬动，半年足够", "positions show that a terminal was moved: half a year is enough"
    ),
    "findings_days": Text("与所涉上门记录同存", "kept with the visits that they are about"),
    "alerts_days": Text("求助处置的责任，诉讼时效三年", "answering calls for help: claims lapse after three years"),
    "sends_days": Text("核对通知是否送达", "to check that messages arrived"),
    "meals_days": Text("助餐补贴结算与年度人次的依据", "what subsidies of meals and the counts of years rest on"),
    "reminders_days": Text("核对提醒是否送达、是否过多", "to check that reminders arrived, and were not too many"),
    "forwarded_days": Text("与平台年度对账", "the yearly comparison with platforms"),
    "quarantine_days": Text("查明被隔离消息的来由", "to find out why messages were set aside"),
    "registry_days": Text("服务终止后五年", "five years after the service ended"),
    "accesses_days": Text("个人信息处理情况记录至少三年", "records of processing: three years at least"),
}
"""Why each is kept for so long, as a person is told it."""
