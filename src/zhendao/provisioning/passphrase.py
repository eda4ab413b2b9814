"""Where the authority's passphrase comes from: a file, the environment, a credential of systemd, or the keyboard."""

import getpass
import os
import sys
from pathlib import Path
from typing import Final

from zhendao.protocol.wording import Language, Text
from zhendao.provisioning.errors import PassphraseError
from zhendao.provisioning.folders import read_file

ENVIRONMENT: Final = "ZHENDAO_PASSPHRASE"
CREDENTIAL: Final = "zhendao-passphrase"
LEAST: Final = 8
_MOST: Final = 1024

HELP: Final = Text(
    f"口令所在文件（首行）；缺省依次为环境变量 {ENVIRONMENT}、systemd 凭据 {CREDENTIAL}、键盘输入",
    f"file whose first line is the passphrase; default: environment {ENVIRONMENT}, "
    f"systemd credential {CREDENTIAL}, or asked for",
)


def find(file: Path | None, language: Language, *, new: bool = False) -> str:
    """Return the passphrase; a ``new`` one is asked for twice and has at least 8 characters.

    Raises:
        PassphraseError: none is to be had, or it is too short.
    """
    words = given(file)
    if words is None:
        words = _ask(language, new=new)
    if not words:
        raise PassphraseError(Text("口令为空", "the passphrase is empty"))
    if new and len(words) < LEAST:
        raise PassphraseError(Text(f"口令至少 {LEAST} 个字符", f"a passphrase has at least {LEAST} characters"))
    return words


def given(file: Path | None) -> str | None:
    """Return the passphrase that is there without asking, None where there is none. Raises `PassphraseError`."""
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if file is None and ENVIRONMENT in os.environ:
        return os.environ[ENVIRONMENT]
    if file is None and credentials and (Path(credentials) / CREDENTIAL).is_file():
        file = Path(credentials) / CREDENTIAL
    if file is None:
        return None
    try:
        lines = read_file(file, _MOST).decode().splitlines()
    except UnicodeDecodeError as error:
        raise PassphraseError(Text(f"{file} 不是 UTF-8 文本", f"{file} is not UTF-8 text")) from error
    return lines[0] if lines else ""


def _ask(language: Language, *, new: bool) -> str:
    if not sys.stdin.isatty():
        raise PassphraseError(
            Text("没有口令", "there is no passphrase"),
            Text(f"请用 --passphrase-file 或环境变量 {ENVIRONMENT}", f"give --passphrase-file or {ENVIRONMENT}"),
        )
    words = getpass.getpass(Text("口令：", "Passphrase: ").in_(language))
    if new and getpass.getpass(Text("再输一次：", "Once more: ").in_(language)) != words:
        raise PassphraseError(Text("两次输入不同", "the two are not the same"))
    return words
