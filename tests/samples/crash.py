"""What a disk may hold after a power cut, made from what a real process has really written.

The process runs under strace; its writes, syncs and changes of names are replayed into a model of a disk. The model is
harsher than a file system with a journal: each write since its file's last sync may be there or not, in any order, and
may be torn at any sector of 512 bytes; names change in order, and only a sync of the folder makes them last. A sync
that failed leaves everything that it was to sync in doubt for ever, whatever a later one says (as Linux does).
"""

import random
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

_CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)")
_CALLS = "openat,close,write,pwrite64,fsync,fdatasync,ftruncate,fallocate,rename,unlink"
_SECTOR = 512


@dataclass(frozen=True)
class Write:
    """Bytes at an offset of a file that are not known to be on the disk."""

    offset: int
    data: bytes

    def parts(self) -> Iterator["Write"]:
        """Yield the write sector by sector."""
        at = 0
        while at < len(self.data):
            size = _SECTOR - (self.offset + at) % _SECTOR
            yield Write(self.offset + at, self.data[at : at + size])
            at += size


@dataclass(frozen=True)
class Resize:
    """A new size of a file, as by ftruncate."""

    size: int


Change = Write | Resize


@dataclass
class Asked:
    """One change of a file; ``certain``: it is on the disk. ``forsaken``: no later sync will make it so."""

    change: Change
    certain: bool = False
    forsaken: bool = False


@dataclass
class File:
    """A file: what was there at first, and what has been asked for since, in order."""

    content: bytes = b""
    asked: list[Asked] = field(default_factory=list)

    def doubtful(self) -> list[int]:
        """Return which changes may be on the disk or not."""
        return [number for number, one in enumerate(self.asked) if not one.certain]

    def synced(self, *, failed: bool) -> None:
        """Take in a sync."""
        for one in self.asked:
            one.certain |= not failed and not one.forsaken
            one.forsaken |= failed and not one.certain
        if not self.doubtful():
            self.content, self.asked = applied(self.content, [one.change for one in self.asked]), []

    def copy(self) -> "File":
        """Return the file as it is now."""
        return File(self.content, [replace(one) for one in self.asked])


def applied(content: bytes, changes: list[Change]) -> bytes:
    """Return ``content`` after ``changes``."""
    data = bytearray(content)
    for one in changes:
        if isinstance(one, Resize):
            data[one.size :] = bytes(max(0, one.size - len(data)))
            continue
        data.extend(bytes(max(0, one.offset - len(data))))
        data[one.offset : one.offset + len(one.data)] = one.data
    return bytes(data)


Names = dict[str, File]
Image = dict[str, bytes]


@dataclass
class Moment:
    """A moment at which the power may go: the files, the names that are certain, and every later state of the names."""

    names: list[Names]
    signalled: list[tuple[bytes, int, bytes]]
    going: dict[bytes, int]

    def images(self, most: int, samples: int, chance: random.Random) -> Iterator[Image]:
        """Yield every image if there are at most ``most`` changes pending, ``samples`` of them and torn ones beyond."""
        for names in self.names:
            places = [(name, number) for name, file in names.items() for number in file.doubtful()]
            if len(places) <= most:
                chosen: Iterator[set[tuple[str, int]]] = (
                    {place for at, place in enumerate(places) if mask >> at & 1} for mask in range(1 << len(places))
                )
            else:
                chosen = ({place for place in places if chance.random() < share} for share in _shares(samples, chance))
            for there in chosen:
                yield self._image(names, there, None)
            for place in places if len(places) <= most else chance.sample(places, min(len(places), samples // 4)):
                yield self._image(names, set(places) - {place}, (place, chance))

    @staticmethod
    def _image(names: Names, there: set[tuple[str, int]], torn: tuple[tuple[str, int], random.Random] | None) -> Image:
        image = {}
        for name, file in names.items():
            changes: list[Change] = []
            for number, one in enumerate(file.asked):
                if one.certain or (name, number) in there:
                    changes.append(one.change)
                elif torn is not None and torn[0] == (name, number) and isinstance(one.change, Write):
                    changes += [part for part in one.change.parts() if torn[1].random() < 0.5]
            image[name] = applied(file.content, changes)
        return image


def _shares(samples: int, chance: random.Random) -> Iterator[float]:
    yield from (0.0, 1.0)
    yield from (chance.choice((0.1, 0.5, 0.9)) for _ in range(samples - 2))


def record(command: list[str], folder: Path, trace: Path, environment: dict[str, str], *faults: str) -> list[Moment]:
    """Run ``command``, which works in ``folder``; return the moments at which a power cut differs from the one before.

    ``faults`` are system calls that fail, as strace's ``inject`` puts it. Raises `RuntimeError` if the command fails.
    """
    before = {one.name: File(one.read_bytes()) for one in folder.glob("*") if one.is_file()} if folder.exists() else {}
    strace = shutil.which("strace")
    assert strace is not None
    options = ["-qq", "-xx", "-s", "100000000", "-e", f"trace={_CALLS}", "-e", "signal=none", "-o", str(trace)]
    injected = [word for fault in faults for word in ("-e", f"inject={fault}")]
    words = [strace, *options, *injected, *command]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return _Replay(folder, before).moments(trace)


class _Replay:
    def __init__(self, folder: Path, before: Names) -> None:
        self._folder = folder
        self._certain: Names = dict(before)
        self._later: list[Names] = []
        self._open: dict[int, File | None] = {}
        self._signalled: list[tuple[bytes, int, bytes]] = []
        self._going: dict[bytes, int] = {}

    def moments(self, trace: Path) -> list[Moment]:
        found = []
        with trace.open() as lines:
            for line in lines:
                match = _CALL.match(line)
                if match is None:
                    continue
                call, arguments, result = match[1], match[2], int(match[3])
                if result < 0 and call not in {"fsync", "fdatasync"}:
                    continue
                if call in {"fsync", "fdatasync"} and int(arguments) in self._open:
                    found.append(self._moment())  # just before the sync: everything since the last one is in doubt
                self._take(call, arguments, result)
        found.append(self._moment())
        return found

    def _moment(self) -> Moment:
        # A file may be known by several states of the names: each gets its own copy of what is pending now.
        copies: dict[int, File] = {}
        names = [
            {name: copies.setdefault(id(file), file.copy()) for name, file in one.items()}
            for one in (self._certain, *self._later)
        ]
        return Moment(names, list(self._signalled), dict(self._going))

    def _names(self) -> Names:
        return dict(self._later[-1] if self._later else self._certain)

    def _take(self, call: str, arguments: str, result: int) -> None:
        words = [bytes.fromhex(one.replace("\\x", "")) for one in re.findall(r'"((?:\\x[0-9a-f]{2})*)"', arguments)]
        paths = [self._name(one) for one in words[:2]] if call not in {"write", "pwrite64"} else []
        handle = int(arguments.split(",", 1)[0]) if arguments[:1].isdigit() else -1
        file = self._open.get(handle)
        match call:
            case "openat":
                self._opened(Path(words[0].decode()), paths[0], result, truncated="O_TRUNC" in arguments)
            case "close":
                self._open.pop(handle, None)
            case "write" if handle == 1:
                self._heard(words[0].decode().split())
            case "pwrite64" if file is not None:
                offset = int(arguments.rsplit(",", 1)[1])
                file.asked.append(Asked(Write(offset, words[0][:result])))
            case "ftruncate" | "fallocate" if file is not None:
                file.asked.append(Asked(Resize(int(arguments.rsplit(",", 1)[1]))))
            case "fsync" | "fdatasync" if handle in self._open:
                self._synced(file, failed=result < 0)
            case "rename" | "unlink" if paths[0] is not None:
                self._named(paths[0], paths[1] if call == "rename" else None)

    def _opened(self, path: Path, name: str | None, handle: int, *, truncated: bool) -> None:
        if path == self._folder:
            self._open[handle] = None
        if name is None:
            return
        names = self._names()
        if name not in names:
            names[name] = File()
            self._later.append(names)
        self._open[handle] = names[name]
        if truncated:
            names[name].asked.append(Asked(Resize(0)))

    def _named(self, old: str, new: str | None) -> None:
        names = self._names()
        moved = names.pop(old)
        if new is not None:
            names[new] = moved
        self._later.append(names)

    def _synced(self, file: File | None, *, failed: bool) -> None:
        if file is not None:
            file.synced(failed=failed)
        elif self._later and not failed:
            self._certain, self._later = self._later[-1], []

    def _heard(self, words: list[str]) -> None:
        if words[0] == "signalled":
            self._signalled.append((bytes.fromhex(words[1]), int(words[2]), bytes.fromhex(words[3])))
        elif words[0] == "going":
            self._going[bytes.fromhex(words[1])] = int(words[2])

    def _name(self, path: bytes) -> str | None:
        where = Path(path.decode())
        return where.name if where.parent == self._folder else None
