"""What most tests of the gateway begin with: an authority for the module, and a site of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.site import Authority, Site


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def site(tmp_path: Path, authority: Authority) -> Iterator[Site]:
    site = Site(tmp_path, authority)
    yield site
    site.store.close()
