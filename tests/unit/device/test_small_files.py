"""Small files on a disk that has hardly any room: the old one stays whole until the new one is."""

from pathlib import Path

import pytest

from samples.disks import Filler, small_disk
from zhendao.device.files import HOST, put, read

OLD, NEW = b"o" * 100_000, b"n" * 1_000_000


def test_what_does_not_fit_leaves_what_was_there(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        path, filler = disk / "blocklist", Filler(disk)
        put(HOST, path, OLD)
        filler.fill(leaving=300_000)
        with pytest.raises(OSError, match="space"):
            put(HOST, path, NEW)
        assert read(HOST, path, 1 << 21) == OLD
        filler.remove()
        put(HOST, path, NEW)
        assert read(HOST, path, 1 << 21) == NEW
