"""A home whose terminal is enrolled: made once for each file, copied for each test; its reader is a process."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.installed import Site
from samples.pn532 import Emulator


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    site = Site(tmp_path_factory.mktemp("site"))
    site.found()
    return site.folder


@pytest.fixture
def site(founded: Path, tmp_path: Path) -> Site:
    shutil.copytree(founded, tmp_path / "site")
    return Site(tmp_path / "site")


@pytest.fixture
def emulator(site: Site) -> Iterator[Emulator]:
    with Emulator(site.folder / "reader", "--state", str(site.folder / "tags")) as made:
        made.tags()
        site.write_tags(made)
        yield made
