from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.pn532 import Emulator


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    """A running emulator with the usual tags, none of them presented."""
    with Emulator(tmp_path / "reader", "--state", str(tmp_path / "tags")) as running:
        running.tags()
        yield running
