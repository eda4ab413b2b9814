"""The reader that a person names: opened anew while it is silent, and then said to be."""

import pytest

from zhendao.readers import drivers
from zhendao.readers.errors import ReaderGoneError, ReaderSilentError


@pytest.mark.parametrize(("silent", "opened"), [(0, True), (2, True), (3, False)])
def test_a_silent_reader_is_opened_anew(monkeypatch: pytest.MonkeyPatch, silent: int, *, opened: bool) -> None:
    asked: list[str] = []

    def opening(settings: drivers.ReaderSettings) -> str:
        asked.append(str(settings.port))
        if len(asked) <= silent:
            raise ReaderSilentError(str(settings.port))
        return "open"

    monkeypatch.setattr(drivers, "open_reader", opening)
    if opened:
        assert drivers.reader_at("/dev/reader") == "open"
    else:
        with pytest.raises(ReaderSilentError):
            drivers.reader_at("/dev/reader")
    assert asked == ["/dev/reader"] * min(silent + 1, 3)


def test_one_that_is_not_there_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def opening(settings: drivers.ReaderSettings) -> str:
        raise ReaderGoneError(str(settings.port))

    monkeypatch.setattr(drivers, "open_reader", opening)
    with pytest.raises(ReaderGoneError):
        drivers.reader_at("/dev/reader")
