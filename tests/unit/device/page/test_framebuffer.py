"""A display as a file and a folder that says what sysfs would: pixels, rows, and what is refused."""

from pathlib import Path

import pytest
from PIL import Image

from samples.page_scenes import SCENES
from zhendao.device.page.drawn import Drawn
from zhendao.device.page.errors import ScreenError
from zhendao.device.page.framebuffer import Framebuffer, Geometry, geometry

RED, GREEN, BLUE, MIXED = (255, 0, 0), (0, 255, 0), (0, 0, 255), (0x12, 0x9C, 0xE7)


def _display(folder: Path, *, size: str = "4,2", bits: str = "16", stride: str = "8", modes: str | None = None) -> Path:
    sysfs = folder / "graphics" / "fb7"
    sysfs.mkdir(parents=True)
    (sysfs / "virtual_size").write_text(f"{size}\n")
    (sysfs / "bits_per_pixel").write_text(f"{bits}\n")
    (sysfs / "stride").write_text(f"{stride}\n")
    if modes is not None:
        (sysfs / "modes").write_text(modes)
    device = folder / "fb7"
    device.write_bytes(b"\xee" * 64)
    return device


def _picture() -> Image.Image:
    found = Image.new("RGB", (4, 2))
    for x, colour in enumerate((RED, GREEN, BLUE, MIXED)):
        found.putpixel((x, 0), colour)
    return found


def _565(red: int, green: int, blue: int) -> bytes:
    return ((red >> 3) << 11 | (green >> 2) << 5 | blue >> 3).to_bytes(2, "little")


def test_sixteen_bits(tmp_path: Path) -> None:
    device = _display(tmp_path)
    screen = Framebuffer(device, tmp_path / "graphics")
    screen.show(_picture())
    screen.close()
    row = b"".join(_565(*colour) for colour in (RED, GREEN, BLUE, MIXED))
    assert device.read_bytes() == row + bytes(8) + b"\xee" * 48
    assert row[:4] == b"\x00\xf8\xe0\x07"


def test_thirty_two_bits_and_rows_that_are_longer_than_the_picture(tmp_path: Path) -> None:
    device = _display(tmp_path, bits="32", stride="24")
    screen = Framebuffer(device, tmp_path / "graphics")
    screen.show(_picture())
    screen.close()
    written = device.read_bytes()
    assert written[:16:4] == bytes((0, 0, 255, MIXED[2]))
    assert written[2:16:4] == bytes((255, 0, 0, MIXED[0]))
    assert written[16:24] == b"\xee" * 8
    assert written[24:40][2::4] == bytes(4)
    assert written[40:] == b"\xee" * 24


def test_the_screen_that_is_seen_may_be_smaller_than_the_virtual_one(tmp_path: Path) -> None:
    device = _display(tmp_path, size="480,640", stride="960", modes="U:480x320p-0\n")
    assert geometry(device, tmp_path / "graphics") == Geometry(480, 320, 960, 16)


@pytest.mark.parametrize("broken", [{"bits": "24"}, {"size": "x"}, {"stride": "2"}, {"size": "0,0"}, {"size": "4"}])
def test_what_cannot_be_drawn_on_is_refused_with_words(tmp_path: Path, broken: dict[str, str]) -> None:
    with pytest.raises(ScreenError):
        Framebuffer(_display(tmp_path, **broken), tmp_path / "graphics")


def test_no_display(tmp_path: Path) -> None:
    with pytest.raises(ScreenError, match="no display"):
        Framebuffer(tmp_path / "fb0", tmp_path)
    _display(tmp_path).unlink()
    with pytest.raises(ScreenError, match="cannot be opened"):
        Framebuffer(tmp_path / "fb7", tmp_path / "graphics")


@pytest.mark.parametrize(("bits", "stride"), [("16", "960"), ("32", "1920")])
def test_a_page_is_drawn_when_it_has_changed_and_not_otherwise(tmp_path: Path, bits: str, stride: str) -> None:
    device = _display(tmp_path, size="480,320", bits=bits, stride=stride)
    drawn = Drawn(device, "zh", None, tmp_path / "graphics")
    by_name = {scene.name: scene.page() for scene in SCENES}
    drawn.show(by_name["ready"])
    ready = device.read_bytes()
    assert len(ready) == 320 * int(stride)
    device.write_bytes(bytes(len(ready)))
    drawn.show(by_name["ready"])
    assert device.read_bytes() == bytes(len(ready)), "the same page is not drawn again"
    drawn.show(by_name["checked-in"])
    assert device.read_bytes() not in {ready, bytes(len(ready))}
    drawn.close()
