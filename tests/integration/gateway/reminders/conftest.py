"""A store with the streets of `samples.street` in it, made once and copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.waited import street
from zhendao.gateway.store.engine import Store, open_store


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    street(folder).close()
    return folder / "gateway.db"


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Iterator[Store]:
    shutil.copy(made, tmp_path / "gateway.db")
    held = open_store(f"sqlite:///{tmp_path}/gateway.db")
    yield held
    held.close()
