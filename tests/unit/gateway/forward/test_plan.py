"""What is sent next, for any backlog: bounded, due, one revision of a key, the oldest first."""

from hypothesis import given
from hypothesis import strategies as st

from zhendao.gateway.forward.plan import LONGEST_MS, PutOff, choose, failed_alone, judge, next_limit
from zhendao.gateway.forward.record import Answer, Record, Verdict, batch_key
from zhendao.gateway.forward.retry import Backoff


@st.composite
def backlogs(draw: st.DrawFn) -> list[Record]:
    names = draw(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 5)), max_size=12, unique=True))
    return [Record(number, "visit", key, revision) for number, (key, revision) in enumerate(names, 1)]


@given(backlogs(), st.sets(st.integers(1, 12)), st.integers(1, 4))
def test_a_batch_holds_the_lowest_unanswered_revision_of_each_key_and_nothing_put_off(
    backlog: list[Record], waiting: set[int], limit: int
) -> None:
    put_off = {number: PutOff(1, 100) for number in waiting}
    batch = choose(backlog, put_off, 99, limit)
    assert len(batch) <= limit
    assert [record.id for record in batch] == sorted(record.id for record in batch)
    assert len({record.key for record in batch}) == len(batch)
    for record in batch:
        assert record.id not in waiting
        assert record.revision == min(other.revision for other in backlog if other.key == record.key)
    if backlog:
        assert choose(backlog, put_off, 100, limit), "once the wait is over something goes"


def test_an_answer_settles_its_own_record_and_silence_means_later() -> None:
    first, second, third = (Record(number, "visit", f"v{number}", 1) for number in (1, 2, 3))
    answers = {
        first.idempotency_key: Answer(Verdict.TAKEN, "accepted"),
        second.idempotency_key: Answer(Verdict.LATER, "retry"),
    }
    settled, later = judge((first, second, third), answers, {2: PutOff(4, 0)}, Backoff(100, 1_000), 50, 0.5)
    assert [(record.id, attempts) for record, _, attempts in settled] == [(1, 1)]
    assert later == {2: PutOff(5, 550), 3: PutOff(1, 100)}


def test_a_refused_batch_is_halved_down_to_one_and_grows_again() -> None:
    sizes = [500]
    while sizes[-1] > 1:
        sizes.append(next_limit(sizes[-1], 500, refused=True))
    assert len(sizes) == 9
    assert next_limit(300, 500, refused=False) == 500


@given(st.text(), st.text(), st.integers(0, 10**9))
def test_a_key_says_type_key_and_revision_and_no_two_share_one(kind: str, key: str, revision: int) -> None:
    one = Record(1, kind, key, revision)
    assert one.idempotency_key.count("/") == 2
    assert one.idempotency_key.isascii()
    other = Record(2, kind, f"{key}/1", revision)
    assert one.idempotency_key != other.idempotency_key
    assert batch_key((one, other)) != batch_key((other, one))


def test_what_is_owed_anew_is_settled_as_refused_and_waits_longer_each_time() -> None:
    record = Record(1, "visit", "v1", 1)
    answers = {record.idempotency_key: Answer(Verdict.ANEW, "refused", "client not found", again_ms=1_000)}
    put_off: dict[int, PutOff] = {}
    waits = []
    for _ in range(20):
        settled, put_off = judge((record,), answers, put_off, Backoff(100, 1_000), 0, 0.5)
        assert [answer.verdict for _, answer, _ in settled] == [Verdict.ANEW]
        waits.append(put_off[1].not_before_ms)
    assert waits[:4] == [1_000, 2_000, 4_000, 8_000]
    assert waits[-1] == LONGEST_MS


def test_what_a_platform_chokes_on_goes_alone_and_after_others() -> None:
    backlog = [Record(number, "visit", f"v{number}", 1) for number in (1, 2, 3)]
    backoff = Backoff(1_000, 60_000)
    once = failed_alone(None, backoff, 0, 10_000, 0.0)
    assert once.not_before_ms > 10_000, "another is tried once the platform is asked again"
    put_off = {1: once}
    assert [one.id for one in choose(backlog, put_off, 0, 500)] == [2, 3]
    assert [one.id for one in choose(backlog, put_off, once.not_before_ms, 500)] == [1]
    assert choose(backlog[:1], put_off, 0, 500) == ()
    assert [one.id for one in choose(backlog[:1], put_off, 0, 500, trying=True)] == [1], "it may be the platform alone"
    for _ in range(40):
        once = failed_alone(once, backoff, 0, 10_000, 0.999)
    assert once.not_before_ms <= 70_000
