"""CREATE FILE (80 E0): folders, key files and transparent files, as FMCOS words them.

Folder: 38, size (2), right to create, right to erase, right to add keys, FF FF, name. Key file: 3F, size (2), 95, right
to add keys, FF FF. Transparent file: 28, or A8 where it is to be written with a MAC only; size (2), rights to read and
to write, FF FF.
"""

from zhendao.simulators.pn532.tags.cpu.folders import MOST_BYTES, MOST_FILES, MOST_FOLDERS, File, Folder
from zhendao.simulators.pn532.tags.cpu.words import NO_ROOM, PARAMETERS, WRONG_DATA, Refused

_HEAD = 7
_KEY_FILE, _TRANSPARENT, _SECURED = 0x3F, 0x28, 0x80
_FOLDER_HEAD = 8
_NAMES = range(5, 17)


def folder_made(body: bytes, there: list[Folder]) -> Folder:
    """Return the folder that ``body`` describes. Raises `Refused`."""
    name = body[_FOLDER_HEAD:]
    if len(name) not in _NAMES:
        raise Refused(WRONG_DATA)
    if len(there) > MOST_FOLDERS:
        raise Refused(NO_ROOM)
    if any(one.name == name for one in there):
        raise Refused(PARAMETERS)
    return Folder(name, create=body[3], erase=body[4], add_key=body[5])


def made_file(folder: Folder, body: bytes, number: int) -> None:
    """Make in ``folder`` the file that ``body`` describes. Raises `Refused`."""
    if len(body) != _HEAD:
        raise Refused(WRONG_DATA)
    size = int.from_bytes(body[1:3], "big")
    if body[0] == _KEY_FILE:
        folder.add_key = body[4]
        return
    if body[0] & ~_SECURED != _TRANSPARENT or not 0 < size <= MOST_BYTES:
        raise Refused(WRONG_DATA)
    if not number or number in folder.files:
        raise Refused(PARAMETERS)
    if len(folder.files) >= MOST_FILES:
        raise Refused(NO_ROOM)
    folder.files[number] = File(body[3], body[4], bool(body[0] & _SECURED), bytearray(size))
