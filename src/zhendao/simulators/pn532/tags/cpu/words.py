"""Status words of the CPU card (ISO 7816-4; 9403 is FMCOS's), and a command's refusal."""

OK = b"\x90\x00"
LENGTH = b"\x67\x00"
SECURITY = b"\x69\x82"
BLOCKED = b"\x69\x83"
CONDITIONS = b"\x69\x85"
WRONG_MAC = b"\x69\x88"
WRONG_DATA = b"\x6a\x80"
NOT_FOUND = b"\x6a\x82"
NO_ROOM = b"\x6a\x84"
PARAMETERS = b"\x6a\x86"
OFFSET = b"\x6b\x00"
NO_INSTRUCTION = b"\x6d\x00"
NO_CLASS = b"\x6e\x00"
NO_KEY = b"\x94\x03"
MASTER = b"\x3f\x00"
"""File identifier of the master folder."""


class Refused(Exception):  # noqa: N818 - a refusal is an answer, no error of this program
    """The command is answered by ``word`` and changes nothing."""

    def __init__(self, word: bytes) -> None:
        super().__init__(word.hex())
        self.word = word
