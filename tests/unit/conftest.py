import pytest

from samples.founded import FEW_ROUNDS, Founded
from zhendao.provisioning import keyfile


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Founded:
    return Founded(tmp_path_factory.mktemp("founded"))


@pytest.fixture
def few_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyfile, "ROUNDS", FEW_ROUNDS)
