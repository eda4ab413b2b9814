"""The figures of this terminal's home, in ``data_dir/home.json``: written by a survey, read at the start. Few bytes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.device.files import HOST, put, read
from zhendao.protocol.errors import MalformedError
from zhendao.protocol.home import Home, home_of_plain

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.device.files import Files

FILE = "home.json"
_MOST = 4096


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the home; ``told``: the survey's position is in the journal. ``moved``: it was found moved."""

    home: Home
    told: bool = False
    moved: bool = False


def recall(folder: Path, files: Files = HOST) -> Known | None:
    """Return what is known; None where nothing is, or the file is damaged."""
    try:
        found = json.loads(read(files, folder / FILE, _MOST))
        return Known(home_of_plain(found["home"]), found["told"] is True, found["moved"] is True)
    except (OSError, ValueError, KeyError, TypeError, MalformedError):
        return None


def keep(folder: Path, known: Known, files: Files = HOST) -> None:
    """Write it down, whole or not at all. Raises OSError."""
    said = {"home": known.home.as_plain(), "told": known.told, "moved": known.moved}
    put(files, folder / FILE, json.dumps(said).encode() + b"\n")


def forget(folder: Path, files: Files = HOST) -> None:
    """Know of no home any more. Raises OSError."""
    if files.exists(folder / FILE):
        files.unlink(folder / FILE)
