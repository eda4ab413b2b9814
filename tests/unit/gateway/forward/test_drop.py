"""Files handed over through a real folder: each record in one file, wherever it all ends and whoever fetches files."""

import json
import random
from pathlib import Path

import pytest

from zhendao.gateway.forward.drop import PART, Drop, book_of
from zhendao.gateway.forward.errors import DropBookError, LinkError
from zhendao.gateway.forward.local_folder import LocalFolder
from zhendao.gateway.forward.record import Letter, Record

LETTERS = [Letter(Record(n, "visit", f"v{n}", 1), "{}") for n in range(1, 9)]


class PowerCutError(Exception):
    """All ends here."""


class Cut(LocalFolder):
    """The folder on a machine that ends before or after its ``at``-th step; a cut `put` leaves half a file."""

    def __init__(self, folder: Path, at: int) -> None:
        super().__init__(folder)
        self.at = at

    def step(self) -> None:
        self.at -= 1
        if self.at == 0:
            raise PowerCutError

    async def put(self, name: str, content: bytes) -> None:
        self.step()
        await super().put(name, content[: len(content) // 2])
        self.step()
        await super().put(name, content)
        self.step()

    async def rename(self, old: str, new: str) -> None:
        self.step()
        await super().rename(old, new)
        self.step()


def fetched(folder: Path) -> list[str]:
    """Return what the other side found, and take it away."""
    found = []
    for path in sorted(folder.glob("*.jsonl")):
        found += [json.loads(line)["key"] for line in path.read_text("utf-8").splitlines()]
        path.unlink()
    return found


async def test_each_record_is_in_one_file_wherever_it_ends_and_whenever_files_are_fetched(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    cuts = 0
    for run in range(15):
        folder = tmp_path / f"{run}"
        folder.mkdir()
        book, owed, found = book_of(tmp_path / "books", f"file://{run}"), list(LETTERS), list[str]()
        while owed:
            way = Drop("file:///x", Cut(folder, chance.randrange(1, 16)), "jsonl", book)
            try:
                while owed:
                    # As after a start: another size of batch than before, and the oldest first.
                    batch = owed[: chance.randrange(1, 5)]
                    answers = await way.send(batch, f"{chance.getrandbits(256):064x}")
                    assert set(answers) == {one.record.idempotency_key for one in batch}
                    if chance.random() < 0.3:
                        raise PowerCutError  # noqa: TRY301 - answered, and not yet settled
                    del owed[: len(batch)]
            except PowerCutError:
                cuts += 1
            if chance.random() < 0.5:
                found += fetched(folder)
        found += fetched(folder)
        assert sorted(found) == [one.record.key for one in LETTERS], run
        assert not list(folder.glob(f"*{PART}")), "nothing half is left"
    assert cuts > 15


async def test_a_folder_that_is_away_is_told_and_not_made(tmp_path: Path) -> None:
    way = Drop("file:///x", LocalFolder(tmp_path / "share"), "csv", book_of(tmp_path / "books", "x"))
    with pytest.raises(LinkError, match="No such file"):
        await way.send(LETTERS, "k" * 64)
    assert not (tmp_path / "share").exists()
    (tmp_path / "share").mkdir()
    await way.send(LETTERS, "k" * 64)
    (file,) = (tmp_path / "share").iterdir()
    assert file.name == f"zhendao-000000000001-{'k' * 12}.csv"
    assert file.stat().st_mode & 0o777 == 0o640


async def test_a_book_that_cannot_be_read_stops_it_and_is_named(tmp_path: Path) -> None:
    book = book_of(tmp_path, "x")
    book.write_bytes(b'{"name": 5')
    with pytest.raises(DropBookError, match=book.name):
        await Drop("x", LocalFolder(tmp_path), "jsonl", book).send(LETTERS, "k" * 64)


class Eager(LocalFolder):
    """A server that takes a file away while it is still being handed over, under whatever name it has."""

    async def put(self, name: str, content: bytes) -> None:
        await super().put(name, content)
        (self._folder / name).rename(self._folder / f"{name.removesuffix(PART)}.taken")


async def test_a_part_file_that_is_taken_away_was_handed_over(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    book = book_of(tmp_path / "books", "x")
    to = Drop("x", Eager(tmp_path / "in"), "jsonl", book)
    with pytest.raises(LinkError):
        await to.send(LETTERS, "k" * 64)
    answers = await to.send(LETTERS, "k" * 64)
    assert {one.status for one in answers.values()} == {"duplicate"}
    (file,) = (tmp_path / "in").iterdir()
    assert len(file.read_text("utf-8").splitlines()) == len(LETTERS)


class Full(LocalFolder):
    """A disk that is full after some bytes, until it is not."""

    room = 10

    async def put(self, name: str, content: bytes) -> None:
        await super().put(name, content[: self.room])
        if len(content) > self.room:
            raise LinkError("No space left on device")


async def test_a_full_disk_leaves_no_half_file_and_all_is_there_once_in_the_end(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    place = Full(tmp_path / "in")
    to = Drop("x", place, "jsonl", book_of(tmp_path / "books", "x"))
    for _ in range(3):
        with pytest.raises(LinkError, match="No space"):
            await to.send(LETTERS, "k" * 64)
        assert not list((tmp_path / "in").glob("*.jsonl"))
    place.room = 10**9
    assert {one.status for one in (await to.send(LETTERS, "k" * 64)).values()} == {"written"}
    assert fetched(tmp_path / "in") == [one.record.key for one in LETTERS]
    assert not list((tmp_path / "in").iterdir())
