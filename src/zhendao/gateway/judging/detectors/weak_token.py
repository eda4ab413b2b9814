"""A door tag or card that proved less than the policy asks: it is easier to copy than is accepted. rule: TWO-TOKENS.

What counts is what was proved, not what the terminal says of it; where nothing was verified, what it says.
"""

from collections.abc import Iterable
from typing import Final

from zhendao.gateway.judging.detectors.told_tokens import named
from zhendao.gateway.judging.findings import Detector, Finding, Seen
from zhendao.protocol.vocabulary import Strength
from zhendao.protocol.wording import Text

_CLEARS = Text(
    "换发更难复制的卡或门牌，或补齐核实所需的密钥后重新判定",
    "a card or tag that is harder to copy, or the missing keys: then it is judged again",
)
_WORDS: Final[dict[Strength, Text]] = {
    Strength.UID: Text("仅卡号", "its number alone"),
    Strength.SIGNED: Text("签名记录", "a signed record"),
    Strength.DYNAMIC: Text("动态密文", "a message that changes"),
    Strength.CHALLENGE: Text("对随机数的应答", "an answer to a challenge"),
}


def _find(seen: Seen) -> Iterable[Finding]:
    if not seen.flagged("weak_token") or seen.visit.pair is None:
        return
    pair, least = seen.visit.pair, seen.policy.thresholds.least
    weakest: dict[tuple[str, str], Strength] = {}
    checks = [one for one in (pair.first, pair.last) if one is not None]
    for check, part in ((one, part) for one in checks for part in ("door", "card")):
        read = check.body.door if part == "door" else check.body.caregiver
        if read is None:
            continue
        said = (check.evidence or {}).get(part)
        proved = read.strength if said is None else Strength[said["proved"].upper()]
        which = part, read.uid.hex()
        weakest[which] = min(weakest.get(which, proved), proved)
    for (part, uid), proved in sorted(weakest.items()):
        asked = least.door if part == "door" else least.caregiver
        if proved >= asked:
            continue
        name, got, wanted = named(part), _WORDS[proved], _WORDS[asked]
        yield Finding(
            "weak_token", seen.visit.visit_id, (part, uid), int(proved), int(asked), int(asked) - int(proved), "grades",
            Text(
                f"{name.zh}只证明了{got.zh}，至少应为{wanted.zh}，低 {int(asked) - int(proved)} 级",
                f"the {name.en} proved {got.en}; {wanted.en} is asked: {int(asked) - int(proved)} lower",
            ),
            _CLEARS,
        )  # fmt: skip


DETECTOR = Detector("weak_token", _find)
