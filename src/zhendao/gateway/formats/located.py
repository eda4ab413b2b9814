"""Where in a TOML file each key stands: line and column, for messages. Pure; `tomllib` says what the file means.

Promise: whatever the text, it names a place or none; what cannot be found is told by the place of what it lies in.
"""

import re
from collections.abc import Iterator
from typing import Final

Path = tuple[str | int, ...]
"""Keys and numbers of arrays of tables, from the top."""
_HEADER: Final = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY: Final = re.compile(r"\s*(\"[^\"]*\"|'[^']*'|[A-Za-z0-9_.-]+)\s*=")
_STRING: Final = re.compile(r"\"\"\"|'''|\"(?:[^\"\\]|\\.)*\"|'[^']*'|#|[\[\]]")


class Places:
    """The places of one file."""

    def __init__(self, text: str) -> None:
        """Look through ``text``."""
        self._known: dict[Path, tuple[int, int]] = {}
        counts: dict[Path, int] = {}
        here: Path = ()
        for number, line in _outermost(text):
            if header := _HEADER.fullmatch(line):
                here = self._enter(header, counts)
                for size in range(1, len(here) + 1):
                    self._known.setdefault(here[:size], (number, header.start(1) + 1))
            elif key := _KEY.match(line):
                path = (*here, *_words(key.group(1)))
                self._known.setdefault(path, (number, key.start(1) + 1))

    def of(self, path: Path) -> tuple[int | None, int | None]:
        """Return line and column of ``path``, or of what it lies in; None of both where nothing is known."""
        for size in range(len(path), 0, -1):
            if path[:size] in self._known:
                return self._known[path[:size]]
        return None, None

    @staticmethod
    def _enter(header: re.Match[str], counts: dict[Path, int]) -> Path:
        here: Path = ()
        words = _words(header.group(2))
        for place, word in enumerate(words):
            here = (*here, word)
            if place == len(words) - 1 and header.group(1) == "[[":
                counts[here] = counts.get(here, -1) + 1
            if here in counts:
                here = (*here, counts[here])
        return here


def _words(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in re.findall(r"\"[^\"]*\"|'[^']*'|[^.]+", dotted))


def _outermost(text: str) -> Iterator[tuple[int, str]]:
    """Give the lines that begin outside of any string and array, with their numbers."""
    depth, ending = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        if not depth and not ending:
            yield number, line
            if _HEADER.fullmatch(line):
                continue
        at = 0
        while at < len(line):
            if ending:
                end = line.find(ending, at)
                if end < 0:
                    break
                at, ending = end + len(ending), ""
            found = _STRING.search(line, at)
            if found is None or found.group() == "#":
                break
            at = found.end()
            if found.group() in {'"""', "'''"}:
                ending = found.group()
            elif found.group() in "[]":
                depth = max(0, depth + (1 if found.group() == "[" else -1))
