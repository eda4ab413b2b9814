"""Settings are read strictly: everything wrong is told at once, one line each."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.command.errors import SettingsError
from zhendao.command.kinds import Address, BadValueError, Choice, Integer, Listen, Number, Url, is_loopback
from zhendao.command.settings import check, read

LOOPBACK = Address("127.0.0.1", 8080)


@dataclass(frozen=True)
class Nfc:
    driver: Annotated[str, Choice("pn532", "acr122u")]
    port: str


@dataclass(frozen=True)
class Forward:
    kind: Annotated[str, Choice("https")]
    url: Annotated[str, Url("https", "http")]
    batch: Annotated[int, Integer(1, 500)] = 100


@dataclass(frozen=True)
class Http:
    listen: Annotated[Address, Listen()] = LOOPBACK
    patience: Annotated[float, Number(0.5, 60)] = 5.0
    log: bool = False


@dataclass(frozen=True)
class Settings:
    data_dir: Path
    nfc: Nfc
    broker: Annotated[str, Url("mqtts", "mqtt")] | None = None
    http: Http = Http()
    forward: tuple[Forward, ...] = ()


GOOD = """
data_dir = "data"
[nfc]
driver = "pn532"
port = "/dev/ttyAMA0"
[[forward]]
kind = "https"
url = "https://platform.example/api"
[[forward]]
kind = "https"
url = "http://127.0.0.1:9000/"
batch = 7
[http]
listen = "[::1]:0"
patience = 2
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "some.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(written(tmp_path, text), Settings)
    assert caught.value.exit_code == 2
    zh = caught.value.explain("zh").splitlines()
    en = caught.value.explain("en").splitlines()
    assert len(zh) == len(en) == len(caught.value.problems)
    return [line.removeprefix(f"{tmp_path}/some.toml: ") for line in en]


def test_good_file_becomes_values(tmp_path: Path) -> None:
    assert read(written(tmp_path, GOOD), Settings) == Settings(
        data_dir=tmp_path / "data",
        nfc=Nfc("pn532", "/dev/ttyAMA0"),
        http=Http(Address("::1", 0), 2.0),
        forward=(
            Forward("https", "https://platform.example/api"),
            Forward("https", "http://127.0.0.1:9000/", 7),
        ),
    )


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    text = """
    data_dri = "x"
    broker = "mqtt://10.0.0.9"
    forward = [{kind = "ftp", batch = 0}]
    [nfc]
    driver = 3
    port = ""
    speed = 5
    [http]
    listen = "8080"
    log = "yes"
    """
    assert problems(tmp_path, text) == [
        "data_dri is not a setting, did you mean data_dir?",
        "data_dir is missing",
        "[nfc]: speed is not a setting",
        "[nfc]: driver must be one of pn532, acr122u, not 3",
        "[nfc]: port must be a text of 1 to 1000 characters",
        "broker plain mqtt:// is for loopback only (127.0.0.1, ::1, localhost); use mqtts://",
        "[http]: listen must be HOST:PORT (127.0.0.1:8080), not '8080'",
        "[http]: log must be true or false, not 'yes'",
        "[[forward]] 1: kind must be one of https, not 'ftp'",
        "[[forward]] 1: url is missing",
        "[[forward]] 1: batch must be a whole number from 1 to 500, not 0",
    ]


def test_tables_written_as_something_else(tmp_path: Path) -> None:
    assert problems(tmp_path, 'data_dir = "x"\nnfc = 3\nforward = "y"') == [
        "nfc must be written as [nfc]",
        "forward must be written as [[forward]]",
    ]
    assert problems(tmp_path, 'data_dir = "x"') == ["[nfc] is missing"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a = ", "is not valid TOML"),
        (b"a = '\xff'", "is not UTF-8 text"),
        (b"a = " + b"[" * 5_000, "is nested too deeply"),
        (None, "there is no such file"),
    ],
)
def test_unreadable_files(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "some.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=said):
        read(path, Settings)
    with pytest.raises(SettingsError, match="cannot be read"):
        read(tmp_path, Settings)


def test_a_file_as_an_editor_of_windows_saves_it_is_read(tmp_path: Path) -> None:
    found = []
    for mark, end in (("", "\n"), ("\ufeff", "\n"), ("\ufeff", "\r\n")):
        (tmp_path / "some.toml").write_bytes((mark + "# 注释\n" + GOOD).replace("\n", end).encode())
        found.append(read(tmp_path / "some.toml", Settings))
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize(
    "url",
    ["mqtts://broker.example:8883", "mqtt://localhost", "mqtt://127.9.9.9:1", "mqtt://[::1]:1883", "mqtt://LOCALHOST/",
     "MQTT://127.0.0.1", "mqtts://user:pass@broker.example"],
)  # fmt: skip
def test_urls_that_are_accepted(url: str) -> None:
    assert Url("mqtts", "mqtt").take(url, Path()) == url


@pytest.mark.parametrize(
    "url",
    ["mqtt://", "mqtts://", "mqtts:x", "https://a", "mqtts://a:99999", "mqtts://a:0", "mqtts://a b", 5, "", "mqtt://[::2]",
     "mqtt://localhost.evil.example", "mqtt://127.0.0.1.evil.example", "mqtt://127.0.0.1@evil.example",
     "mqtt://127.1", "mqtt://2130706433", "mqtt://0.0.0.0", "mqtt://[::ffff:127.0.0.1]", "mqtt://[::]",
     "MQTT://EVIL.EXAMPLE",
     "mqtt://127.0.0.1.", "mqtt://evil.example#@127.0.0.1", "mqtts://a/b", "mqtts://a?b", "mqtts://a#b"],
)  # fmt: skip
def test_urls_that_are_refused(url: object) -> None:
    with pytest.raises(BadValueError):
        Url("mqtts", "mqtt").take(url, Path())


@pytest.mark.parametrize("url", ["https://user:pass@a/", "https://user@a", "http://127.0.0.1@evil.example", "http://a"])
def test_web_addresses_hold_no_password_and_plain_ones_are_of_this_machine(url: str) -> None:
    with pytest.raises(BadValueError):
        Url("https", "http").take(url, Path())


def test_listening_on_loopback_only() -> None:
    assert str(Listen(loopback_only=True).take("[::1]:80", Path())) == "[::1]:80"
    assert Listen().take("0.0.0.0:80", Path()) == Address("0.0.0.0", 80)  # noqa: S104 - parsed, not bound
    for bad in ("0.0.0.0:80", "::1:80", "a:b", ":80", "a:65536", "a:١", "127.0.0.1"):
        with pytest.raises(BadValueError):
            Listen(loopback_only=True).take(bad, Path())
    assert not is_loopback("example.org")


toml_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
KEYS = ["data_dir", "nfc", "broker", "http", "forward", "other"]


@given(st.dictionaries(st.sampled_from(KEYS), toml_values))
def test_any_values_end_as_settings_or_one_line_each(values: dict[str, Any]) -> None:
    try:
        found: Settings | SettingsError = check(values, Settings, name="f", folder=Path("/x"))
    except SettingsError as error:
        found = error
    if isinstance(found, SettingsError):
        assert found.problems
        assert len(found.explain("zh").splitlines()) == len(found.problems)
