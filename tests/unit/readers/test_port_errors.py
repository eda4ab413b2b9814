"""What is no serial port is told in the kernel's words, with what to do, and without the library's own."""

from pathlib import Path

import pytest

from zhendao.device.gnss.serial_source import GnssPortError, open_port
from zhendao.readers.errors import PortMissingError, PortUnusableError
from zhendao.readers.pn532_port import open_pn532


@pytest.mark.parametrize(("path", "said"), [("/dev/null", "Inappropriate ioctl for device"), ("/", "Is a directory")])
def test_a_path_that_is_no_serial_port(path: str, said: str) -> None:
    with pytest.raises(PortUnusableError) as refused:
        open_pn532(path)
    line = refused.value.explained().en
    assert line == f"{path} cannot be used as a serial port: {said} -> check the wiring, the power and [nfc] port"


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PortMissingError):
        open_pn532(str(tmp_path / "none"))
    with pytest.raises(GnssPortError) as refused:
        open_port(str(tmp_path / "none"), 9600)
    assert "没有这个设备" in refused.value.explained().zh
