"""Cards pulled away while they are written: how many were interrupted, and how many of them were brought to an end.

chip: the real driver on the emulator's chip in one process, every frame to the card in turn, and each time the card
never had the frame, did it and could not say so, or was torn in the middle. pn532, pcsc: the emulators as processes, on
a serial line at 115,200 baud and behind pcscd and vpcd, every so many frames (`--every`). Then the same command as a
person would give finishes the card, which is checked from outside: keys, record, books, and its proof.
`python bench/cards_pulled.py [--every N] [--only chip,pn532,pcsc] [--json]`.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))  # the desk that the tests use

import pytest

from samples.cardpulls import OUTCOMES, Tally, hands
from samples.cardwork import DOOR, KIND, Desk, finished, frames, interrupted, is_token, trials
from zhendao.command.output import table
from zhendao.provisioning.cards.goals import TokenGoal
from zhendao.provisioning.cards.writer import CardWriter, Written
from zhendao.readers.reader import Target

KINDS = ("ntag215", "ntag424", "ntag424tt", "cpucard")
READERS = ("chip", "pn532", "pcsc")


def main() -> None:
    """Interrupt and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=30)
    parser.add_argument("--only", default=",".join(READERS))
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    os.environ.setdefault("LC_ALL", "C.UTF-8")
    rows = []
    for reader in chosen.only.split(","):
        with tempfile.TemporaryDirectory() as folder:
            rows += on_chip(Path(folder)) if reader == "chip" else on_reader(reader, Path(folder), chosen.every)
    if chosen.json:
        print(json.dumps(rows))
    else:
        table(list(rows[0]), [list(row.values()) for row in rows])
    if any(row["recovered"] != row["interrupted"] for row in rows):
        raise SystemExit(1)


def row(reader: str, kind: str, interrupted_: int, recovered: int, took_s: float) -> dict[str, str | int | float]:
    """Return one line of the table."""
    return {
        "reader": reader,
        "card": kind,
        "interrupted": interrupted_,
        "recovered": recovered,
        "ms each": round(took_s * 1000 / max(1, interrupted_)),
    }


def on_chip(folder: Path) -> list[dict[str, str | int | float]]:
    """Interrupt each kind of card at every frame in every way."""
    rows = []
    for kind in KINDS:

        def act(writer: CardWriter, target: Target, kind: str = kind) -> Written:
            return writer.write(target, DOOR, KIND.get(kind))

        base = Desk(folder / kind)
        total = frames(base, base.card(kind), act)
        begin, count, good = time.monotonic(), 0, 0
        for trial in trials(total):
            desk = Desk(folder / "trial", base.vault, base.issuer)
            tag = desk.card(kind)
            count += interrupted(desk, tag, act, trial)
            goal = finished(desk, tag, act).goal
            good += isinstance(goal, TokenGoal) and is_token(desk, tag, goal)
            shutil.rmtree(desk.folder)
        rows.append(row("chip", kind, count, good, time.monotonic() - begin))
    return rows


def on_reader(reader: str, folder: Path, every: int) -> list[dict[str, str | int | float]]:
    """Interrupt each kind of card at every so many frames, over a reader that is a process."""
    rows = []
    with pytest.MonkeyPatch.context() as patch, hands(reader, folder, patch) as ready:
        for kind in KINDS:
            tally, frame, begin = Tally(), 0, time.monotonic()
            while ready.pulled(kind, frame, OUTCOMES[frame // every % 3], tally):
                frame += every
            rows.append(row(reader, kind, tally.interrupted, tally.finished, time.monotonic() - begin))
            for lost in tally.lost:
                print(lost, file=sys.stderr)
    return rows


if __name__ == "__main__":
    main()
