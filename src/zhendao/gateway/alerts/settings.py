"""`[alerts]` in gateway.toml: every threshold of the rules and of the life of an alert.

Those that no source gives are marked (assumed) in docs/gateway.md.
"""

from dataclasses import dataclass
from typing import Annotated

from zhendao.command.kinds import Integer
from zhendao.gateway.alerts.dispatch.settings import ChannelTable


@dataclass(frozen=True)
class AlertsTable:
    """Thresholds of alerts; rules SOS, EDGE-NODES. Hours are local, ``utc_offset_min`` east of Greenwich."""

    utc_offset_min: Annotated[int, Integer(-720, 840)] = 480
    night_from_h: Annotated[int, Integer(0, 23)] = 22
    night_to_h: Annotated[int, Integer(0, 23)] = 6
    late_s: Annotated[int, Integer(1, 86_400)] = 60
    past_s: Annotated[int, Integer(60, 2_592_000)] = 86_400
    join_s: Annotated[int, Integer(0, 86_400)] = 600
    nobody_yet_s: Annotated[int, Integer(1, 3_600)] = 30
    step_s: Annotated[int, Integer(1, 86_400)] = 60
    step_soon_s: Annotated[int, Integer(1, 86_400)] = 600
    steps: Annotated[int, Integer(1, 9)] = 4
    answer_again_s: Annotated[int, Integer(1, 3_600)] = 3
    answer_for_s: Annotated[int, Integer(1, 604_800)] = 3_600
    hurried_events: Annotated[int, Integer(1, 12_000)] = 300
    channel: tuple[ChannelTable, ...] = ()
