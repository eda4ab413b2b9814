"""Settings that the guide writes, answers that it takes, and the commands that it starts."""

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol.wording import Text
from zhendao.provisioning.errors import StepError
from zhendao.provisioning.guide import asked, tools, wiring
from zhendao.provisioning.guide.dialogue import as_question
from zhendao.provisioning.guide.tools import Tools

NAMES = st.text(st.characters(exclude_characters='"\\', exclude_categories=["C", "Z"]), min_size=1, max_size=40)


@given(reader=NAMES, name=NAMES, receiver=st.none() | NAMES, pcsc=st.booleans(), folder=NAMES)
def test_what_is_written_is_read_as_it_was_answered(
    tmp_path_factory: pytest.TempPathFactory, *, reader: str, name: str, receiver: str | None, pcsc: bool, folder: str
) -> None:
    port = f"pcsc:{name}" if pcsc else f"/dev/{reader}"
    answers = {
        "reader": asked.reader([]).check(port),
        "receiver": asked.receiver([]).check("" if receiver is None else f"/dev/{receiver}"),
        "baud": "9600",
        "broker": asked.BROKER.check("mqtts://mqtt.example.org:8883"),
    }
    file = tmp_path_factory.mktemp("wiring") / "device.toml"
    wiring.write(file, wiring.text_of(answers, folder))
    settings = tomllib.loads(file.read_text())
    assert settings["terminal"]["data_dir"] == folder
    assert ("gnss" in settings) == (receiver is not None)
    assert wiring.reader_of(file) == (port if pcsc else str(Path(port)))  # as paths go, two slashes are one


def test_a_port_beside_the_settings_is_found_from_anywhere(tmp_path: Path) -> None:
    file = tmp_path / "device.toml"
    file.write_text('[nfc]\ndriver = "pn532"\nport = "reader"\n')
    assert wiring.reader_of(file) == str(tmp_path / "reader")


@pytest.mark.parametrize("text", ["", "[nfc]\n", "nfc = 5\n", "= 1", '[nfc]\ndriver = "pn532"\n'])
def test_what_is_no_settings_file_is_said_so(tmp_path: Path, text: str) -> None:
    file = tmp_path / "device.toml"
    file.write_text(text)
    with pytest.raises(StepError, match="no settings file"):
        wiring.reader_of(file)


def test_ports_that_keep_their_name_come_first(tmp_path: Path) -> None:
    for name in ("ttyUSB1", "ttyAMA0", "serial/by-id/usb-one", "null"):
        (tmp_path / "dev" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "dev" / name).touch()
    found = [one.rpartition("/")[2] for one in wiring.ports(tmp_path)]
    assert found == ["usb-one", "ttyAMA0", "ttyUSB1"]


@pytest.mark.parametrize(
    ("question", "good", "bad"),
    [
        (asked.BROKER, ["mqtts://a.example:8883", "mqtt://127.0.0.1:1883"], ["mqtt://a.example:1883", "http://a", ""]),
        (asked.ADDRESS, ["", "31.2,121.4", "31.2，121.4", "-1,-2"], ["31.2", "a,b", "31.2,121.4 m"]),
        (asked.PLACE, ["P001", "徐汇-12"], ["", "P 1", 'a"b', "x" * 65]),
        (asked.ENGINEER, ["张三", "Li Wei"], ["", 'a"', "a\nb"]),
        (as_question(asked.DATUM, "zh"), ["gcj02", "2"], ["9", "0", "GCJ"]),
    ],
)
def test_answers_are_taken_or_not(question: asked.Question, good: list[str], bad: list[str]) -> None:
    for answer in good:
        assert question.check(answer) or not answer
    for answer in bad:
        with pytest.raises(ValueError, match=r"^"):
            question.check(answer)


def test_a_command_that_fails_says_why_in_its_own_words(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(StepError) as caught:
        Tools("en").run("zhendao-provision", "audit", tmp_path / "none")
    assert "no authority folder" in caught.value.what.en
    assert caught.value.cure == Text(zh := "make one with zhendao-provision init", zh)
    assert "{" not in capfd.readouterr().out, "JSON is not for people"


def test_a_command_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "odd_command.py").write_text("import threading\nmain = threading.Event().wait")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setitem(tools._MODULES, "zhendao-device", "odd_command")
    with pytest.raises(StepError, match="did not end within"):
        Tools("en").run("zhendao-device", "run", patience_s=0.5)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("main = lambda: print('no JSON')", "no JSON"),
        ("main = lambda: 1", "failed"),
        ("def main():\n    import sys\n    sys.stderr.write('what a mess')\n    return 3", "what a mess"),
    ],
)
def test_what_is_no_answer_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, source: str, message: str) -> None:
    (tmp_path / "odd_command.py").write_text(source)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setitem(tools._MODULES, "zhendao-device", "odd_command")
    with pytest.raises(StepError, match=message):
        Tools("en").run("zhendao-device", "status")


def test_a_command_that_says_nothing_has_said_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "odd_command.py").write_text("def main():\n    import sys\n    sys.stderr.write('hold it')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setitem(tools._MODULES, "zhendao-device", "odd_command")
    assert Tools("en").run("zhendao-device", "status") is None
