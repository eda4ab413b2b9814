"""A door tag that is not this terminal's: it was carried to where it was read. rule: LOCATION, TWO-TOKENS."""

from collections.abc import Iterable

from zhendao.gateway.judging.detectors.saying import of_visit
from zhendao.gateway.judging.findings import Detector, Finding, Seen
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "更换门牌后补登记，或证明门牌在原处且当时服务确在该户进行",
    "a tag that was replaced is registered, or proof that the tag is where it belongs and the care was given here",
)


def _find(seen: Seen) -> Iterable[Finding]:
    visit = seen.visit
    if (
        visit.pair is None
        or visit.at_ms is None
        or not (seen.flagged("foreign_door") or seen.flagged("door_elsewhere"))
    ):
        return
    here = visit.pair.first.device
    read = [
        (one.device, one.body.door.token_id)
        for one in visit.pair.checks
        if one.body.door is not None and one.body.door.token_id
    ]
    others = [found for at, tag in read if (found := seen.registry.bound_to(tag, visit.at_ms)) and found.device != at]
    whose = (
        Text(f"属于{(other := _called(others[0].device, others[0].elder_id)).zh}", f"is that of {other.en}")
        if others
        else Text("不是这台终端的", "is not this terminal's")
    )
    at = _called(here, visit.elder_id)
    yield of_visit(
        "foreign_door", visit, (None, None, None), "",
        Text(
            f"在{at.zh}读到的门牌{whose.zh}，应为该终端登记的门牌",
            f"the door tag that was read at {at.en} {whose.en}; the one registered there was expected",
        ),
        _CLEARS,
    )  # fmt: skip


def _called(device: bytes, elder_id: str | None) -> Text:
    """Return what people call a terminal: by whose home it is in, where that is registered."""
    if elder_id is None:
        return Text(f"终端 {device.hex()} ", f"terminal {device.hex()}")
    return Text(f"老人 {elder_id} 家的终端", f"the terminal of elder {elder_id}")


DETECTOR = Detector("foreign_door", _find)
