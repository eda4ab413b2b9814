"""The trace: one digest over all notes, bounded memory, and a file that proves itself."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.simulators.world.trace import KEPT, Note, Trace, TraceError, head, read

NOTES = st.lists(
    st.tuples(
        st.integers(0, 10**18),
        st.text(max_size=8),
        st.text(max_size=8),
        st.dictionaries(st.text(max_size=4), st.integers() | st.text(max_size=8), max_size=3),
    ),
    max_size=20,
)


def _traced(notes: list[tuple[int, str, str, dict[str, int | str]]], every: int) -> Trace:
    trace = Trace()
    for number, (at_ns, who, what, facts) in enumerate(notes):
        trace.note(at_ns, who, what, **facts)
        if number % every == 0:
            assert trace.notes == number + 1  # asking settles what waits: the digest must not know
    return trace


@given(NOTES, st.integers(1, 7))
def test_the_digest_does_not_depend_on_when_it_is_asked_for(
    notes: list[tuple[int, str, str, dict[str, int | str]]], every: int
) -> None:
    assert _traced(notes, every).digest == _traced(notes, 1000).digest


@given(NOTES, NOTES)
def test_other_notes_have_another_digest(
    one: list[tuple[int, str, str, dict[str, int | str]]], other: list[tuple[int, str, str, dict[str, int | str]]]
) -> None:
    assert (one == other) is (_traced(one, 3).digest == _traced(other, 3).digest)


def test_the_digest_is_the_same_everywhere() -> None:
    trace = Trace()
    trace.note(1_500_000_000, "terminal 3", "recorded", seq=4, epoch="ab12")
    trace.note(1_500_000_000, "gateway", "committed", events=1, of="终端")
    assert trace.digest == "b413ef28ed05f67f973e7072ea6e8513ac87d4f119eb5d9477d8d309b72f49c3"


def test_memory_is_bounded_and_the_last_notes_are_at_hand() -> None:
    trace = Trace()
    for n in range(10 * KEPT):
        trace.note(n, "terminal 0", "tick", n=n)
    last = trace.last()
    assert len(last) == KEPT
    assert last[-1] == Note(10 * KEPT - 1, "terminal 0", "tick", {"n": 10 * KEPT - 1})
    assert len(trace._waiting) < KEPT
    assert trace.counts == {"tick": 10 * KEPT}


def _written(path: Path, count: int = 2000) -> Trace:
    with Trace(path, {"story": {"seed": 7}}) as trace:
        for n in range(count):
            trace.note(n, f"terminal {n % 3}", "light", signal="recorded", n=n)
    return trace


def test_a_trace_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    trace = _written(path)
    assert head(path)["story"] == {"seed": 7}
    notes = list(read(path))
    assert len(notes) == 2000
    assert notes[7] == Note(7, "terminal 1", "light", {"signal": "recorded", "n": 7})
    plain = Trace()
    for note in notes:
        plain.note(note.at_ns, note.who, note.what, **note.facts)
    assert plain.digest == trace.digest


def test_an_altered_trace_is_found_out(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    _written(path, 20)
    path.write_text(path.read_text("utf-8").replace('"n":7', '"n":8'), "utf-8")
    with pytest.raises(TraceError, match="digest"):
        list(read(path))


def test_a_trace_cut_short_is_found_out(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    _written(path, 20)
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-1]), "utf-8")
    with pytest.raises(TraceError, match="cut short"):
        list(read(path))


@pytest.mark.parametrize("text", ["", "seed: 7\n", '{"seed": 7}\n', "[]\n"])
def test_a_file_that_is_no_trace_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(TraceError):
        list(read(path))
    with pytest.raises(TraceError):
        head(path)


def test_a_note_that_is_none_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    path.write_text(json.dumps({"zhendao-trace": 1}) + '\n{"at_ns":"1"}\n', "utf-8")
    with pytest.raises(TraceError, match="jsonl:2"):
        list(read(path))


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TraceError):
        Trace(tmp_path / "none" / "trace.jsonl")
    with pytest.raises(TraceError):
        head(tmp_path / "none.jsonl")
