"""What a curious engineer does to a data folder ends as a named error, or as a terminal that works."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from samples.home import Identity, Terminal, ended
from zhendao.simulators.loopback import free_port


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A terminal's folder, run once; neither reader nor broker is there."""
    Identity().write(tmp_path / "identity")
    (tmp_path / "device.toml").write_text(
        f'[terminal]\ndata_dir = "data"\n[nfc]\ndriver = "pn532"\nport = "{tmp_path}/none"\n'
        f'[broker]\nurl = "mqtt://127.0.0.1:{free_port()}"\n'
    )
    assert lives(tmp_path)[0] == 0
    return tmp_path


def lives(folder: Path) -> tuple[int, str]:
    """Run the terminal until it has looked for its reader, or ended; return exit code and what it said to people."""
    terminal = Terminal(folder / "device.toml", folder / "identity" / "identity.json")
    with ended(terminal.process):
        try:
            terminal.next("reader-down")
        except AssertionError:
            assert terminal.process.stderr is not None
            return terminal.process.wait(180), terminal.process.stderr.read()
        code, _, said = terminal.stop()
        return code, said


def edit(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "data" / "journal.db")) as db:
        for one in statements:
            db.execute(one)
        db.commit()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("PRAGMA user_version = 9", "not this terminal's journal: version 9"),
        ("UPDATE owner SET device = x'00112233445566778899aabbccddeeff'", "not this terminal's journal: 0011"),
    ],
)
def test_a_journal_that_is_not_ours_is_named(folder: Path, statement: str, said: str) -> None:
    edit(folder, statement, "UPDATE epoch SET genesis = randomblob(32)")  # that of another terminal
    code, words = lives(folder)
    assert (code, said in words, "internal error" in words) == (1, True, False)


@pytest.mark.parametrize("name", ["journal.db", "journal.head"])
def test_a_folder_in_the_place_of_a_file_is_named(folder: Path, name: str) -> None:
    for file in (folder / "data").glob(f"{name}*"):
        file.unlink()
    (folder / "data" / name).mkdir()
    code, words = lives(folder)
    assert (code, "the journal could not be written" in words, "internal error" in words) == (1, True, False)


@pytest.mark.parametrize("table", ["event", "settled", "visit", "owner"])
def test_a_journal_without_its_tables_is_set_aside(folder: Path, table: str) -> None:
    edit(folder, f"DROP TABLE {table}")
    assert lives(folder)[0] == 0
    assert list((folder / "data").glob("journal.db.corrupt.*"))


def test_a_row_of_visits_that_is_no_row_costs_that_row_alone(folder: Path) -> None:
    edit(folder, "INSERT INTO visit (key, content) VALUES (x'00112233445566778899aabbccddeeff', x'ff00ff')")
    assert lives(folder)[0] == 0
    assert not list((folder / "data").glob("journal.db.corrupt.*"))
