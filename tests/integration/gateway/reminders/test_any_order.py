"""Whatever comes in whatever order, whatever fails, whatever the clock does: nobody is reminded who must not be.

rule: REMIND
"""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samples.reminded import DAY, MINUTE, OFFSET_MS, plan
from samples.waited import BOT, TAKEN, Waited
from zhendao.gateway.outward.answers import Answer, Verdict
from zhendao.gateway.plans.today import DAY_MS
from zhendao.gateway.reminders.limits import is_quiet
from zhendao.gateway.store.engine import open_store

HOURS = (5, 7, 8, 9, 10, 11, 12, 14, 16, 18, 20, 21)
PLAN = plan(at=tuple(60 * hour for hour in HOURS), most_a_day=2, apart_min=90, late_min=70)
ANSWERS = [
    TAKEN,
    Answer(Verdict.REFUSED, "no"),
    Answer(Verdict.FAILED, "429"),
    Answer(Verdict.FAILED, "?", unsure=True),
]
WHO = ["C1", "C3", "C4"]


@dataclass(frozen=True)
class Step:
    """The clock moves, a round is made, somebody checks in, it all begins anew, something goes out: each, or not."""

    clock: int  # above a day: it is set to that minute; else so many minutes pass
    look: bool
    check: tuple[str, ...]
    restart: bool
    answer: Answer | None


STEPS = st.builds(
    Step,
    st.sampled_from([1, 20, 90, 180, *(2000 + one for one in (300, 420, 600, 630, 730, 1250, 1265, 1300, 1330, 1870))]),
    st.sampled_from([True, True, False]),
    st.sets(st.sampled_from(WHO), max_size=1).map(tuple) | st.just(()),
    st.sampled_from([True, False, False]),
    st.sampled_from([*ANSWERS, TAKEN, TAKEN, None]),
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=6, max_size=20), st.booleans(), st.booleans())
def test_nobody_is_reminded_who_must_not_be(
    made: Path,
    steps: list[Step],
    once: bool,  # noqa: FBT001
    bot: bool,  # noqa: FBT001
) -> None:
    with tempfile.TemporaryDirectory() as name:
        shutil.copy(made, Path(name) / "gateway.db")
        store = open_store(f"sqlite:///{name}/gateway.db")
        waited = Waited(store, PLAN, *([BOT] if bot else []), once=once)
        now, came = DAY + 421 * MINUTE, set[tuple[str, int]]()
        out: list[tuple[str, int, int, str]] = []  # who, when by the wall clock, of which round, under which id
        for step in steps:
            now = DAY + (step.clock - 2000) * MINUTE if step.clock >= 2000 else now + step.clock * MINUTE
            waited.mono_ms += (180 if step.clock >= 2000 else step.clock) * MINUTE
            if step.look:
                waited.rounds.look(now)
            for who in step.check:
                waited.checks_in(who, now)
                came.add((who, (now + OFFSET_MS) // DAY_MS))
            jobs = waited.send(now, pass_ms=0) if step.answer is not None else []
            rows = {row.id: row for row in waited.rows()}
            for one in (row for job in jobs for row in map(rows.__getitem__, job.ids)):
                assert (one.caregiver_id, (now + OFFSET_MS) // DAY_MS) not in came
                out.append((one.caregiver_id, now, one.round_id, one.message_id))
            if step.restart:
                waited.restart()
                waited.sending.begin(waited.moment(now))
            elif jobs and step.answer is not None:
                waited.answer(jobs, now, step.answer)
        _hold(out, [row for row in waited.rows() if row.tried_ms is not None and row.state != "refused"])
        store.close()


def _hold(out: list[tuple[str, int, int, str]], seen: list[object]) -> None:
    """What may have been seen by somebody is within every limit."""
    limits = PLAN.limits(OFFSET_MS)
    assert not any(is_quiet(limits, at_ms) for _, at_ms, _, _ in out)
    ids = {getattr(row, "message_id") for row in seen}  # noqa: B009
    visible = [one for one in out if one[3] in ids]
    for who in WHO:
        mine = [(at_ms, round_id) for name, at_ms, round_id, _ in visible if name == who]
        days: dict[int, set[int]] = {}
        for at_ms, round_id in mine:
            days.setdefault((at_ms + OFFSET_MS) // DAY_MS, set()).add(round_id)
        assert all(len(rounds) <= limits.most for rounds in days.values())
        assert all(a[1] == b[1] or abs(a[0] - b[0]) >= limits.apart_ms for a in mine for b in mine)
