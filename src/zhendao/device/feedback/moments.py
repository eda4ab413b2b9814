"""What a person at the terminal is told, and by which signals: the one table, put together from its rooms.

Promise: three good signals that differ (recorded, sent, accepted), a bad one for everything that was not recorded as a
check, and signals of their own for a call. A moment never claims more than what has happened: `RECORDED` is given after
the disk has confirmed, and so is `REMARKED`, for a check with a card that is not known here or out of date (promise:
flag, don't block); `HEARD` only once a person has the call.
"""

from zhendao.device.feedback.moment import Moment
from zhendao.device.feedback.rows.calls import CALLS
from zhendao.device.feedback.rows.checks import CHECKS
from zhendao.device.feedback.rows.house import HOUSE
from zhendao.device.feedback.rows.meals import MEALS
from zhendao.device.feedback.rows.refused import REFUSED
from zhendao.device.feedback.shown import Importance, Origin, Page, Shown, Signal

__all__ = ["TABLE", "Importance", "Moment", "Origin", "Page", "Shown", "Signal"]

TABLE: dict[Moment, Shown] = {**CHECKS, **MEALS, **REFUSED, **CALLS, **HOUSE}
"""Every moment has its row; a test holds that."""
