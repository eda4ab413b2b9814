"""The grades of tokens that are attacked, and with which cards each is played. Values only. rule: TWO-TOKENS."""

from dataclasses import dataclass
from enum import StrEnum

from zhendao.protocol.wording import Text


class Grade(StrEnum):
    """In rising order; a dynamic tag with a challenge in it is another thing than one without."""

    UID = "uid"
    SIGNED = "signed"
    PLAIN = "dynamic-plain"
    FRESH = "dynamic-fresh"
    CHALLENGE = "challenge"


@dataclass(frozen=True, slots=True)
class Kit:
    """What a home of one grade has.

    ``card`` and ``door`` are kinds of the emulator, ``written_as`` what the writer must be told of the card's kind.
    A card of the grade `Grade.UID` is written by nobody. ``deaf``: the tags take no challenge.
    """

    title: Text
    card: str
    door: str
    written_as: str = ""
    deaf: bool = False


KITS: dict[Grade, Kit] = {
    Grade.UID: Kit(Text("仅卡号", "uid"), "classic", "ntag213"),
    Grade.SIGNED: Kit(Text("签名", "signed"), "ntag213", "ntag213"),
    Grade.PLAIN: Kit(Text("动态，无随机数", "dynamic, plain"), "ntag424", "ntag424", deaf=True),
    Grade.FRESH: Kit(Text("动态，含随机数", "dynamic, fresh"), "ntag424", "ntag424tt"),
    Grade.CHALLENGE: Kit(Text("质询", "challenge"), "cpucard", "ntag424tt", "cpu"),
}
