"""What happened in a world, note by note, and one digest over all of it.

Promise: two runs went the same way if their digests are the same. Memory is bounded however long a world runs: notes
are digested in slices, the last few kept, all of them written where a file was asked for. A note costs a microsecond.
"""

import json
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from hashlib import sha256
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, Self

from zhendao.protocol.wording import Text
from zhendao.simulators.errors import SimulatorError

FORMAT = 1
KEPT = 4096
"""So many of the last notes are at hand when something is found to be wrong."""
_SLICE = 1024


class TraceError(SimulatorError):
    """A trace cannot be written, or a file is none."""

    code = "simulator-trace"

    def __init__(self, where: str, reason: Text) -> None:
        super().__init__(Text(f"轨迹文件 {where}：{reason.zh}", f"trace {where}: {reason.en}"))


class Note(NamedTuple):
    """One thing that happened: when (nanoseconds since the start), to or by whom, what, and the facts."""

    at_ns: int
    who: str
    what: str
    facts: Mapping[str, int | str]


class Trace:
    """Takes notes in the order in which things happen.

    ``path``: where all of them are written, a JSON object a line, if anywhere. ``head``: what the first line says of
    the world beside its format, such as the story. May raise `TraceError`.
    """

    def __init__(self, path: Path | None = None, head: Mapping[str, Any] | None = None) -> None:
        self._hash = sha256()
        self._waiting: list[tuple[int, str, str, dict[str, int | str]]] = []
        self._last: deque[Note] = deque(maxlen=KEPT)
        self._counts: Counter[str] = Counter()
        self._notes = 0
        self._path = path
        self._file: IO[str] | None = None
        if path is not None:
            try:
                self._file = path.open("w", encoding="utf-8")
            except OSError as error:
                raise TraceError(str(path), Text(f"无法写入（{error.strerror}）", f"{error.strerror}")) from None
            self._write({"zhendao-trace": FORMAT, **(head or {})})

    def note(self, at_ns: int, who: str, what: str, /, **facts: int | str) -> None:
        """Note what happened at ``at_ns``. Facts are whole numbers and short texts."""
        waiting = self._waiting
        waiting.append((at_ns, who, what, facts))
        if len(waiting) >= _SLICE:
            self._settle()

    @property
    def digest(self) -> str:
        """Sixty-four hex digits over every note so far."""
        self._settle()
        return self._hash.hexdigest()

    @property
    def counts(self) -> Mapping[str, int]:
        """How often each thing happened so far."""
        self._settle()
        return self._counts

    @property
    def notes(self) -> int:
        """How many notes there are."""
        self._settle()
        return self._notes

    def last(self) -> list[Note]:
        """Return the last notes, at most `KEPT`."""
        self._settle()
        return list(self._last)

    def close(self) -> None:
        """Write what is left, and the digest as the last line. Raises `TraceError`."""
        self._settle()
        if self._file is not None:
            self._write({"digest": self.digest, "notes": self._notes})
            file, self._file = self._file, None
            file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _settle(self) -> None:
        slice_, self._waiting = self._waiting, []
        if not slice_:
            return
        # One text for many notes: the encoder is made once for all of them. What is hashed knows no slices.
        self._hash.update((_canonical(slice_)[1:-1] + ",").encode("ascii"))
        self._counts.update(map(itemgetter(2), slice_))
        self._notes += len(slice_)
        self._last.extend(map(Note._make, slice_[-KEPT:]))
        if self._file is not None:
            for at_ns, who, what, facts in slice_:
                self._write({"at_ns": at_ns, "who": who, "what": what, "facts": facts})

    def _write(self, line: Mapping[str, Any]) -> None:
        assert self._file is not None  # noqa: S101 - for the reader of types
        try:
            self._file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        except OSError as error:
            raise TraceError(str(self._path), Text(f"无法写入（{error.strerror}）", f"{error.strerror}")) from None


_canonical = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def head(path: Path) -> dict[str, Any]:
    """Return the first line of the trace at ``path``: what it is of. Raises `TraceError`."""
    for line in _lines(path):
        return line
    raise TraceError(str(path), Text("是空的", "is empty"))


def read(path: Path) -> Iterator[Note]:
    """Yield the notes of the trace at ``path``, and prove them by its last line.

    Raises `TraceError`: no trace, cut short, or altered; what was yielded before that is as it stands in the file.
    """
    again = Trace()
    ended = False
    for number, line in enumerate(_lines(path), 1):
        if number == 1:
            continue
        if "digest" in line:
            if line["digest"] != again.digest or line.get("notes") != again.notes:
                raise TraceError(str(path), Text("与其摘要不符", "is not what its digest says"))
            ended = True
            continue
        match line:
            case {"at_ns": int(at_ns), "who": str(who), "what": str(what), "facts": dict(facts)} if not ended:
                again.note(at_ns, who, what, **facts)
                yield Note(at_ns, who, what, facts)
            case _:
                raise TraceError(f"{path}:{number}", Text("不是一条轨迹", "is no note"))
    if not ended:
        raise TraceError(str(path), Text("没有写完", "was cut short"))


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, text in enumerate(file, 1):
                line = json.loads(text)
                if not isinstance(line, dict) or (number == 1 and line.get("zhendao-trace") != FORMAT):
                    raise TraceError(f"{path}:{number}", Text("不是轨迹文件", "is no trace"))
                yield line
    except OSError as error:
        raise TraceError(str(path), Text(f"读不到（{error.strerror}）", f"{error.strerror}")) from None
    except ValueError as error:
        raise TraceError(str(path), Text(f"不是 JSON：{error}", f"is no JSON: {error}")) from None
