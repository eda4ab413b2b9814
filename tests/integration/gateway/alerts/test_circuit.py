"""What a channel decides, with time and chance in the test's hand: when it rests, tries one, and sends all again."""

from pathlib import Path

from samples.calls import press
from samples.dispatched import Dispatched
from samples.site import NOW_MS, Authority
from zhendao.gateway.alerts.dispatch.sending import PATIENT, POLICY, Moment, Sending
from zhendao.gateway.forward.retry import Phase
from zhendao.gateway.outward.answers import Answer, Verdict
from zhendao.gateway.registry.current import Current

FAILED, TAKEN = Answer(Verdict.FAILED, "500"), Answer(Verdict.TAKEN, "200")


def test_a_receiver_that_fails_again_and_again_is_left_alone_then_asked_once_then_sent_all(tmp_path: Path) -> None:
    authority = Authority()
    with Dispatched(tmp_path, authority) as sent:
        lines = [sent.line, *(authority.terminal() for _ in range(3))]
        for line in lines:
            sent.take(press(line))
        sending = Sending(sent.site.store, sent.site.key, sent.tables[0], Current(sent.site.key), 480, lambda: 0.5)
        now = Moment(0, NOW_MS)
        for _ in range(POLICY.trip_after):
            (job, *_rest) = sending.next(now, (), 8)
            sending.finished([(job, FAILED)], now)
            wait_ms = sending.wait_ms(now)
            assert wait_ms is not None
            assert sending.next(now, (), 8) == []  # it rests, whatever is owed
            now = Moment(now.mono_ms + wait_ms, NOW_MS)
        assert sending.condition.failures == POLICY.trip_after
        assert wait_ms >= POLICY.rest_ms
        (one,) = sending.next(now, (), 8)  # a single message tries it
        sending.finished([(one, TAKEN)], now)
        assert sending.condition.phase is Phase.CLOSED
        later = Moment(now.mono_ms + POLICY.backoff.cap_ms, NOW_MS)
        left = sending.next(later, (), 8)
        assert len(left) == len(lines) - 1
        sending.finished([(job, TAKEN) for job in left], later)
        assert [row.state for row in sent.sends()] == ["sent"] * len(lines)


def test_a_message_that_fails_alone_lets_the_others_go_first(tmp_path: Path) -> None:
    authority = Authority()
    with Dispatched(tmp_path, authority) as sent:
        for line in (sent.line, authority.terminal()):
            sent.take(press(line))
        sending = Sending(sent.site.store, sent.site.key, sent.tables[0], Current(sent.site.key), 480, lambda: 0.99)
        now = Moment(0, NOW_MS)
        for _ in range(PATIENT + 1):
            (first, *_rest) = sending.next(now, (), 8)
            sending.finished([(first, FAILED)], now)
            now = Moment(now.mono_ms + (sending.wait_ms(now) or 0), NOW_MS)
        (other,) = sending.next(Moment(now.mono_ms, NOW_MS), (), 1)
        assert other.send_id != first.send_id


def test_a_pause_that_the_receiver_asks_for_is_kept_and_no_longer_than_a_minute(tmp_path: Path) -> None:
    with Dispatched(tmp_path, Authority()) as sent:
        sent.take(press(sent.line))
        sending = Sending(sent.site.store, sent.site.key, sent.tables[0], Current(sent.site.key), 480, lambda: 0.0)
        now = Moment(0, NOW_MS)
        (job,) = sending.next(now, (), 8)
        sending.finished([(job, Answer(Verdict.FAILED, "503", asked_ms=3_600_000))], now)
        assert sending.wait_ms(now) == 60_000
