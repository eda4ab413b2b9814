"""ATGM336H, L76K and others on the AT6558: sentences `$PCAS…`, which the receiver obeys and never answers. Pure."""

from __future__ import annotations

from zhendao.device.gnss.setup.steps import Plan, Step, sentence, wanted
from zhendao.protocol.wording import Text

BAUDS = {4800: 0, 9600: 1, 19200: 2, 38400: 3, 57600: 4, 115200: 5}
_GPS_AND_BEIDOU, _NMEA_41 = 3, 2


def plan(baud: int, *, change: bool) -> Plan:
    """Return the steps for a line at ``baud``; ``change``: it is at another rate now."""
    rate = {**wanted(baud), "GLL": 0, "VTG": 0}
    # GGA, GLL, GSA, GSV, RMC, VTG, ZDA, ANT, DHV, LPS, -, -, UTC, GST, -, -, -, TIM
    first = (rate["GGA"], rate["GLL"], rate["GSA"], rate["GSV"], rate["RMC"], rate["VTG"], rate["ZDA"])
    switches = ",".join(map(str, first)) + f",0,0,0,,,0,{rate['GST']},,,,0"
    steps = [
        Step(Text("卫星系统：GPS + 北斗", "systems: GPS + BeiDou"), sentence(f"PCAS04,{_GPS_AND_BEIDOU}"), pause_s=1.0),
        Step(Text("NMEA 4.1", "NMEA 4.1"), sentence(f"PCAS05,{_NMEA_41}")),
        Step(Text("每秒一次", "once a second"), sentence("PCAS02,1000")),
        Step(Text("语句", "sentences"), sentence(f"PCAS03,{switches}")),
    ]
    if change:
        steps.append(Step(Text(f"波特率 {baud}", f"{baud} baud"), sentence(f"PCAS01,{BAUDS[baud]}"), baud=baud))
    save = Step(Text("保存到闪存", "save to its flash"), sentence("PCAS00"), pause_s=0.5)
    return Plan(tuple(steps), (save,))
