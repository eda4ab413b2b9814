"""The attacks, and what is promised of each at each grade: noticed as one of so many words, or not noticed, and why.

Values only. A grade that an attack does not name has nothing that could be attacked so. A word alone can be noticed at
either place; the table says where it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from zhendao.protocol.wording import Text
from zhendao.simulators.attacks.grades import Grade


@dataclass(frozen=True, slots=True)
class Noticed:
    """Promised: noticed as one of ``words``. ``hint``: as something to be reviewed, no more."""

    words: frozenset[str]
    hint: bool = False


@dataclass(frozen=True, slots=True)
class Unnoticed:
    """Nothing is promised, and why."""

    why: Text


@dataclass(frozen=True, slots=True)
class Attack:
    """``promised``: by grade."""

    key: str
    title: Text
    promised: Mapping[Grade, Noticed | Unnoticed]


def _as(*words: str) -> Noticed:
    return Noticed(frozenset(words))


_COPYABLE = Unnoticed(Text("卡号与签名都可复制", "number and record can both be copied"))
_ANYBODYS = Unnoticed(Text("卡可以借给别人", "a card can be lent"))
_ITSELF = Unnoticed(Text("握有密钥者即为此卡", "whoever has a card's keys is that card"))
_UNTIMED = Unnoticed(Text("此等级不比较应答时间", "round-trip times are not compared at this grade"))
_WEAK = frozenset({"unknown", "unknown_card", "weak_token", "token_weaker"})
_GRADES = tuple(Grade)
_KEYED = (Grade.PLAIN, Grade.FRESH, Grade.CHALLENGE)
_DYNAMIC = (Grade.PLAIN, Grade.FRESH)

HONEST = Attack("honest", Text("如实刷卡", "honest"), {})
"""No attack: what is said of everybody at a grade."""
AFTERWARDS = Attack("afterwards", Text("攻击之后如实刷卡", "honest, right after an attack"), {})
"""Not in the table: an honest check that must be recorded all the same."""

OFF_WALL = "off-wall"
"""The one attack that needs a home of its own: its terminal hangs before its door tag."""

ATTACKS: tuple[Attack, ...] = (
    Attack(
        "cloned-uid",
        Text("复制卡号", "cloned uid"),
        {Grade.UID: _COPYABLE, **dict.fromkeys(_GRADES[1:], Noticed(_WEAK))},
    ),
    Attack(
        "copied-ndef",
        Text("内容复制到另一张卡", "content copied to another card"),
        dict.fromkeys(_GRADES[1:], _as("forged", "token_copied")),
    ),
    Attack(
        "downgraded",
        Text("签名记录与卡号复制到普通标签", "record and uid copied to an ordinary tag"),
        {Grade.SIGNED: _COPYABLE, **dict.fromkeys(_KEYED, _as("weak_token", "token_weaker"))},
    ),
    Attack(
        "broken-open",
        Text("拆开芯片取出密钥，做成第二张卡", "chip broken open, its keys in a second card"),
        {**dict.fromkeys(_DYNAMIC, _as("token_cloned", "token_replayed")), Grade.CHALLENGE: _ITSELF},
    ),
    Attack("lent", Text("借卡", "lent card"), dict.fromkeys(_GRADES, _ANYBODYS)),
    Attack(
        "harvested-backwards",
        Text("预先采集，倒序使用", "harvested, spent out of order"),
        {
            Grade.PLAIN: _as("token_replayed"),
            Grade.FRESH: _as("token_replayed", "token_undated", "token_forged"),
            Grade.CHALLENGE: _as("token_forged", "token_stale"),
        },
    ),
    Attack(
        "harvested-in-order",
        Text("预先采集，依次使用，其间本人仍刷卡", "harvested, spent in order while its owner goes on"),
        {
            Grade.PLAIN: _as("token_replayed"),
            Grade.FRESH: _as("token_replayed", "token_undated", "token_forged"),
            Grade.CHALLENGE: _as("token_forged", "token_stale"),
        },
    ),
    Attack(
        "harvested-to-the-last",
        Text("预先采集，一次用尽", "harvested, spent to the last before its owner comes"),
        dict.fromkeys(_DYNAMIC, _as("token_undated", "token_forged")),
    ),
    Attack(
        "harvested-with-nonce",
        Text("预先采集，回放时填入随机数", "harvested, played back with the challenge written in"),
        {Grade.FRESH: _as("token_forged", "token_stale")},
    ),
    Attack(
        "relayed",
        Text("实时中继（每次应答慢 60 毫秒）", "relayed live (each answer 60 ms later)"),
        {
            Grade.UID: _UNTIMED,
            Grade.SIGNED: _UNTIMED,
            **dict.fromkeys(_KEYED, Noticed(frozenset({"token_slow"}), hint=True)),
        },
    ),
    Attack(
        "revoked",
        Text("已吊销的卡", "revoked card"),
        dict.fromkeys(_GRADES, _as("blocklisted", "token_blocked")),
    ),
    Attack(
        "door-opened",
        Text("门牌被揭下（防拆回路断开）", "door tag taken off (its loop opened)"),
        {Grade.FRESH: _as("token_opened")},
    ),
    Attack(
        OFF_WALL,
        Text("终端离墙，或门牌被取走", "terminal taken off its wall, or door tag from behind it"),
        {Grade.FRESH: _as("off-wall")},
    ),
    Attack(
        "door-carried",
        Text("门牌被带到另一户", "door tag carried to another home"),
        dict.fromkeys((Grade.SIGNED, *_DYNAMIC), _as("door_elsewhere", "foreign_door")),
    ),
    Attack(
        "pulled",
        Text("读到一半拿开", "card removed in the middle of an APDU"),
        dict.fromkeys(_GRADES[1:], _as("unreadable")),
    ),
    Attack(
        "malformed",
        Text("畸形 ATS 或 TLV", "malformed ATS or TLV"),
        dict.fromkeys(_GRADES[1:], _as("unreadable", *_WEAK)),
    ),
    Attack(
        "endless",
        Text("无休止地要求等待", "asks for more time without end"),
        dict.fromkeys(_KEYED, _as("unreadable", *_WEAK)),
    ),
)
