"""UM220, UC6580 and others of Unicore: sentences `$CFG…`, answered by `$OK` or `$FAIL`. Pure.

`CFGSYS` begins the receiver anew with its factory's sentences, so it goes first. Newer ones echo each command.
"""

from __future__ import annotations

from zhendao.device.gnss.setup.steps import Answer, Plan, Step, sentence, wanted
from zhendao.protocol.wording import Text

BAUDS = (9600, 19200, 38400, 57600, 115200)
MESSAGES = {"GGA": 0, "GLL": 1, "GSA": 2, "GSV": 3, "RMC": 4, "VTG": 5, "ZDA": 6, "GST": 7}
"""Numbers of the sentences in class 0."""
_SOME_HAVE = frozenset({"GST", "ZDA"})


def plan(baud: int, *, change: bool) -> Plan:
    """Return the steps for a line at ``baud``; ``change``: it is at another rate now."""
    steps = [
        _step(Text("卫星系统：GPS + 北斗", "systems: GPS + BeiDou"), "CFGSYS,h11", pause_s=1.5),
        _step(Text("NMEA 4.1", "NMEA 4.1"), "CFGNMEA,h51", optional=True),
        _step(Text("每秒一次", "once a second"), "CFGNAV,1000,1000"),
    ]
    for name, every in {**wanted(baud), "GLL": 0, "VTG": 0}.items():
        what = Text(f"{name} 每 {every} 秒", f"{name} every {every} s") if every else Text(f"不发 {name}", f"no {name}")
        steps.append(_step(what, f"CFGMSG,0,{MESSAGES[name]},{every}", optional=name in _SOME_HAVE))
    if change:
        port = sentence(f"CFGPRT,1,0,{baud},1,3")
        steps.append(Step(Text(f"波特率 {baud}", f"{baud} baud"), port, baud=baud, pause_s=0.3))
    return Plan(tuple(steps), (_step(Text("保存到闪存", "save to its flash"), "CFGSAVE", pause_s=0.5),))


def _step(what: Text, body: str, *, pause_s: float = 0.1, optional: bool = False) -> Step:
    return Step(what, sentence(body), Answer.OK, pause_s=pause_s, optional=optional)
