"""Orders that change what the receiver sees and takes itself to be, carried out on the model. Pure."""

import datetime as dt

from zhendao.simulators.gnss import orders
from zhendao.simulators.gnss.model import ROLLOVER, Model

ModelOrder = (
    orders.Move
    | orders.Drift
    | orders.SetView
    | orders.ColdStart
    | orders.Offset
    | orders.SetQuality
    | orders.Freeze
    | orders.Apart
)


def carry_out(order: ModelOrder, model: Model, now_s: float) -> None:
    """Change ``model`` as ``order`` says, at ``now_s`` of its clock."""
    match order:
        case orders.Move(lat, lon, seconds):
            model.move(lat, lon, seconds, now_s)
        case orders.ColdStart(seconds):
            model.cold_start(seconds, now_s)
        case orders.SetView(view):
            model.view = view
        case orders.Offset(seconds):
            model.offset = -ROLLOVER if seconds is None else dt.timedelta(seconds=seconds)
        case _:
            _errs(order, model)


def _errs(order: orders.Drift | orders.SetQuality | orders.Freeze | orders.Apart, model: Model) -> None:
    match order:
        case orders.Drift(metres):
            model.drift_m = metres
        case orders.SetQuality(quality):
            model.quality = quality
        case orders.Freeze(on):
            model.frozen = on
        case orders.Apart(metres):
            model.apart_m = metres
