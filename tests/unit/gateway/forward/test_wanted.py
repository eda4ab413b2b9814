"""Records that a platform does not want are settled without being sent, and never because something else failed."""

from collections.abc import Mapping, Sequence

import pytest

from zhendao.gateway.forward.errors import LinkError
from zhendao.gateway.forward.record import Answer, Letter, Record, Verdict
from zhendao.gateway.forward.wanted import Wanted


class Desk:
    """A platform in memory that takes what it gets while it is there."""

    destination = "desk"

    def __init__(self) -> None:
        self.got: list[str] = []
        self.away = False

    async def send(self, batch: Sequence[Letter], key: str) -> Mapping[str, Answer]:
        del key
        if self.away:
            raise LinkError("away")
        self.got += [one.record.idempotency_key for one in batch]
        return {one.record.idempotency_key: Answer(Verdict.TAKEN, "accepted") for one in batch}

    async def close(self) -> None:
        self.away = True


BATCH = [Letter(Record(n, kind, f"k{n}", 1), "{}") for n, kind in enumerate(("visit", "event", "visit", "sos"))]


async def test_only_what_is_wanted_is_sent_and_all_is_answered() -> None:
    desk = Desk()
    answers = await Wanted(desk, ["visit"]).send(BATCH, "")
    assert desk.got == ["visit/k0/1", "visit/k2/1"]
    assert [answers[one.record.idempotency_key].status for one in BATCH] == [
        "accepted", "not wanted", "accepted", "not wanted",
    ]  # fmt: skip
    assert all(one.verdict is Verdict.TAKEN for one in answers.values())


async def test_a_platform_that_is_away_is_not_asked_about_what_it_does_not_want() -> None:
    desk = Desk()
    desk.away = True
    assert len(await Wanted(desk, ["visit"]).send(BATCH[1:2], "")) == 1
    with pytest.raises(LinkError):
        await Wanted(desk, ["visit"]).send(BATCH, "")
