"""How many share the broker: what was said, what is kept, and what a broker that has just started says too low."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.device.link.fleet import FILE, Fleet


def test_alone_until_a_broker_is_met_and_unknown_where_it_does_not_tell() -> None:
    fleet = Fleet()
    assert fleet.count == 0
    fleet.heard_nothing()
    assert fleet.count is None
    fleet.hear(b"7", 0)
    fleet.heard_nothing()
    assert fleet.count == 7


def test_a_broker_that_has_just_started_counts_too_few() -> None:
    fleet = Fleet()
    fleet.hear(b"25000", 0)
    fleet.hear(b"3", 100)
    assert fleet.count == 25_000
    fleet.hear(b"24000", 800)
    assert fleet.count == 24_000


def test_it_is_kept_over_a_restart_and_written_only_where_it_changes_much(tmp_path: Path) -> None:
    file = tmp_path / FILE
    fleet = Fleet(file)
    fleet.hear(b"1000", 0)
    assert Fleet(file).count == 1000
    file.unlink()
    for at, said in enumerate((b"1999", b"501", b"1500"), 1):
        fleet.hear(said, at * 1000)
    assert not file.exists()
    fleet.hear(b"2001", 9000)
    assert Fleet(file).count == 2001


def test_a_disk_that_takes_nothing_costs_nothing(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path / "missing" / FILE)
    fleet.hear(b"9", 0)
    assert fleet.count == 9


@given(st.binary(max_size=40))
def test_any_file_is_a_number_or_nothing(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    file = tmp_path_factory.mktemp("fleet") / FILE
    file.write_bytes(content)
    count = Fleet(file).count
    assert count is not None
    assert count >= 0
