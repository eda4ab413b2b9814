"""What the platform took, read as visits."""

from typing import Any

from zhendao.simulators.demo.expectation import Visit
from zhendao.simulators.demo.received import checks, shown_verdict, visits


def side(seq: int, answer: str | None) -> dict[str, Any]:
    return {"epoch": "ee", "seq": seq, "location": {"answer": answer} if answer else None}


def taken(revision: int, *, key: str = "v", status: str = "accepted", **changed: Any) -> dict[str, Any]:
    record = {
        "device": "dd",
        "state": "closed",
        "elder_id": "E-wang",
        "caregiver_id": "C-zhang",
        "in": side(2, "inside"),
        "out": side(3, "outside"),
        "flags": [{"flag": "short", "zh": "", "en": ""}],
        **changed,
    }
    return {"record_type": "visit", "key": key, "revision": revision, "status": status, "payload": record}


def test_the_newest_revision_counts() -> None:
    open_ = taken(1, state="open", out=None, flags=[])
    assert visits([open_]) == (Visit(("dd", "ee", 2), None, "E-wang", "C-zhang", too_short=False, place=("inside",)),)
    closed = Visit(("dd", "ee", 2), ("dd", "ee", 3), "E-wang", "C-zhang", too_short=True, place=("inside", "outside"))
    assert visits([open_, taken(2)]) == (closed,)
    assert visits([taken(2), open_]) == (closed,)
    assert visits([taken(2), taken(3, status="refused", state="withdrawn")]) == (closed,)
    assert visits([taken(2), taken(3, state="withdrawn")]) == ()
    assert visits([{**taken(1), "record_type": "other"}]) == ()


def test_verdicts_in_words() -> None:
    shown = shown_verdict(taken(2))
    assert shown is not None
    assert shown[:2] == ("wang", "v")
    assert shown[2] is not None
    assert shown[2].en == "not at the registered place, too short"
    late = shown_verdict(taken(2, **{"in": side(2, None), "out": side(3, "inside"), "flags": []}))
    assert late is not None
    assert late[2] is not None
    assert late[2].en == "no fix"
    assert shown_verdict({**taken(2), "record_type": "other"}) is None
    assert shown_verdict(taken(1, elder_id=None)) is None


def test_checks_among_the_events() -> None:
    def event(seq: int, kind: str, h: str) -> dict[str, Any]:
        payload = {"device": "dd", "epoch": "ee", "seq": seq, "h": h, "kind": kind}
        return {"record_type": "event", "key": f"dd/ee/{seq}/{h}", "payload": payload}

    taken_ = [
        event(1, "boot", "a"),
        event(2, "check", "b"),
        event(2, "check", "b"),
        event(2, "check", "fork"),
        taken(1),
    ]
    assert checks(taken_) == [("dd", "ee", 2), ("dd", "ee", 2)]
