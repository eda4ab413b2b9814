"""What is given to `zhendao-verify` by mistake is named in one line of the reader's language, with exit code 2."""

from pathlib import Path

import pytest

from zhendao.verifier.cli import main


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (["receipt", "12", "--journal", "j.zdj"], "回执号是六位数字"),
        (["receipt", "482913", "--url", "http://127.0.0.1:1"], "还须给出 --terminal 与 --date"),
        (
            ["receipt", "482913", "--url", "http://127.0.0.1:1", "--terminal", "96", "--date", "2026-11-23"],
            "--terminal 须是 32 位十六进制数",
        ),
        (
            ["receipt", "482913", "--url", "http://127.0.0.1:1", "--terminal", "5e" * 16, "--date", "today"],
            "--date 须是日期",
        ),
        (["heads", "text", "--root", "text"], "text：不是可用的证书"),
        (["evidence", "none", "--root", "none"], "无法读取 none"),
    ],
)
def test_wrong_use_is_one_line_in_chinese(
    said: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text").write_text("no certificate\n", encoding="utf-8")
    assert main([*said, "--lang", "zh"]) == 2
    told = capsys.readouterr()
    assert words in told.err
    assert len(told.err.splitlines()) == 1
    assert told.out == ""
