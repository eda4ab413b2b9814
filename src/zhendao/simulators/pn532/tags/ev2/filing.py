"""Files of a card with EV2 secure messaging: ReadData, WriteData, ChangeFileSettings (NT4H2421Gx sections 10.7, 10.8).

The mode of the data is that of the file's settings; access that is free for everybody is in plain.
"""

from dataclasses import dataclass

from zhendao.protocol.cards.apdu import Ins, Status
from zhendao.protocol.cards.file_settings import (
    FREE,
    NOBODY,
    CommMode,
    FileInfo,
    FileSettings,
    decode_settings,
    encode_settings,
)
from zhendao.protocol.errors import MalformedError
from zhendao.simulators.pn532.tags.ev2.card import Ev2Card, Form
from zhendao.simulators.pn532.tags.ev2.refusal import Refused

_PLACE_HEADER = 7
_SETTINGS_HEADER = 1


@dataclass(slots=True)
class FilingCard(Ev2Card):
    """A card whose files are read and written by native commands."""

    def of_file(self, code: int, body: bytes) -> bytes:
        """Answer ReadData, WriteData or ChangeFileSettings. Raises `Refused`."""
        if not body:
            raise Refused(Status.LENGTH)
        settings = self.settings(body[0])
        rights = _rights(code, settings)
        form = Form(_SETTINGS_HEADER if code == Ins.CHANGE_FILE_SETTINGS else _PLACE_HEADER, CommMode.PLAIN, free=True)
        if self.session is not None:
            form = Form(form.header, self._mode(code, settings, rights), free=True)
        header, data = self.opened(code, body, form)
        return self.closed(self._do(code, header, data, rights), form.mode)

    def _mode(self, code: int, settings: FileSettings, rights: tuple[int, ...]) -> CommMode:
        if code == Ins.CHANGE_FILE_SETTINGS:
            return CommMode.FULL
        if FREE in rights and (self.session is None or self.session.key_number not in rights):
            return CommMode.PLAIN
        return settings.mode

    def _do(self, code: int, header: bytes, data: bytes, rights: tuple[int, ...]) -> bytes:
        number = header[0]
        if code == Ins.READ_DATA:
            return self._part(header, self.shown(number, granted=self.may_read(rights)))
        if not self.granted(*rights):
            raise Refused(Status.AUTHENTICATION)
        if code == Ins.WRITE_DATA:
            return self._write(header, data)
        try:
            changed = decode_settings(data)
            FileInfo(len(self.files[number].content), changed)
        except MalformedError:
            raise Refused(Status.PARAMETER) from None
        self.checked(number, changed)
        self.files[number].settings = encode_settings(changed)
        return b""

    def may_read(self, rights: tuple[int, ...]) -> bool:
        """Tell whether this reader may read a file with these rights. Raises `Refused`."""
        return self.granted(*rights)

    def shown(self, number: int, *, granted: bool) -> bytes:
        """Return a file as this reader sees it. Raises `Refused`."""
        if not granted:
            raise Refused(Status.AUTHENTICATION)
        return bytes(self.file(number).content)

    def checked(self, number: int, settings: FileSettings) -> None:
        """Refuse settings that this file cannot have."""
        del number
        if settings.sdm is not None:
            raise Refused(Status.PERMISSION_DENIED)

    def _part(self, header: bytes, content: bytes) -> bytes:
        at, size = _place(header)
        size = size or len(content) - at
        if at >= len(content) or at + size > len(content):
            raise Refused(Status.BOUNDARY)
        return content[at : at + size]

    def _write(self, header: bytes, data: bytes) -> bytes:
        at, size = _place(header)
        content = self.file(header[0]).content
        if size != len(data) or not size:
            raise Refused(Status.LENGTH)
        if at + size > len(content):
            raise Refused(Status.BOUNDARY)
        content[at : at + size] = data
        return b""


def _rights(code: int, settings: FileSettings) -> tuple[int, ...]:
    who = settings.rights
    if code == Ins.READ_DATA:
        return who.read, who.read_write
    return (who.write, who.read_write) if code == Ins.WRITE_DATA else (who.change,)


def _place(header: bytes) -> tuple[int, int]:
    return int.from_bytes(header[1:4], "little"), int.from_bytes(header[4:7], "little")


def dynamic(settings: FileSettings) -> bool:
    """Tell whether a file may be read unauthenticated because of its mirrors (SDMFileRead)."""
    return settings.sdm is not None and settings.sdm.file_read != NOBODY
