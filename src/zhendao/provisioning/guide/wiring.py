"""`device.toml` as the guide writes it where there is none, and the little that it reads of one."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from zhendao.protocol.wording import Text
from zhendao.provisioning.errors import StepError
from zhendao.provisioning.folders import read_file, write_file

if TYPE_CHECKING:
    from collections.abc import Mapping

PORTS: Final = ("/dev/serial/by-id/*", "/dev/ttyAMA*", "/dev/ttyUSB*", "/dev/ttyACM*")
DATA_DIR: Final = "/var/lib/zhendao/device"
_PCSC: Final = "pcsc:"
_MOST_BYTES: Final = 65_536


def ports(root: Path = Path("/")) -> list[str]:
    """Return the serial ports of this machine; those that keep their name when plugged elsewhere come first."""
    return [str(one) for pattern in PORTS for one in sorted(root.glob(pattern.lstrip("/")))]


def text_of(answers: Mapping[str, str], data_dir: str) -> str:
    """Return a `device.toml` for the answers reader, receiver, baud and broker."""
    reader = answers["reader"]
    if reader.startswith(_PCSC):
        nfc = ['driver = "pcsc"']
        if name := reader.removeprefix(_PCSC):
            nfc.append(f"reader = {_quoted(name)}")
    else:
        nfc = ['driver = "pn532"', f"port = {_quoted(reader)}"]
    gnss = []
    if answers["receiver"]:
        gnss = ["[gnss]", f"port = {_quoted(answers['receiver'])}", f"baud = {int(answers['baud'])}"]
    lines = ["[terminal]", f"data_dir = {_quoted(data_dir)}", "[nfc]", *nfc, *gnss]
    return "\n".join([*lines, "[broker]", f"url = {_quoted(answers['broker'])}", ""])


def write(path: Path, text: str) -> None:
    """Write the settings file. Raises `FolderUnusableError`."""
    write_file(path, text.encode())


def reader_of(path: Path) -> str:
    """Return the reader that the settings name, as `card check` takes it.

    Raises:
        FolderUnusableError: the file cannot be read.
        StepError: it is no settings file.
    """
    try:
        nfc = tomllib.loads(read_file(path, _MOST_BYTES).decode())["nfc"]
        if nfc["driver"] == "pcsc":
            return _PCSC + str(nfc.get("reader", ""))
        port = path.parent / str(nfc["port"])
    except (ValueError, KeyError, TypeError) as error:
        raise StepError(
            Text(f"{path} 不是终端的设置文件：{error}", f"{path} is no settings file of a terminal: {error}"),
            Text("请修正，或移走它再运行 install", "mend it, or move it away and run install again"),
        ) from error
    return str(port)


def _quoted(text: str) -> str:
    """Return ``text`` as a TOML basic string; JSON's escapes are among TOML's."""
    return json.dumps(text, ensure_ascii=False)
