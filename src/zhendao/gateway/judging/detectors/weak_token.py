"""A door tag or card that proved less than the policy asks: it is easier to copy than is accepted. rule: TWO-TOKENS.

What counts is what was proved; where nothing was verified, what the terminal says. It is told once for each token, not
for each visit: what it costs to change it is the same, and who must use it is not to blame.
"""

from collections.abc import Iterable
from typing import Final

from zhendao.gateway.judging.detectors.told_tokens import named
from zhendao.gateway.judging.findings import Finding, Survey, Whole
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


def _find(whole: Whole) -> Iterable[Finding]:
    least = whole.policy.thresholds.least
    weakest: dict[tuple[str, str], Strength] = {}
    visits: dict[tuple[str, str], set[bytes]] = {}
    for visit in whole.visits:
        checks = visit.pair.checks if visit.pair is not None else ()
        for check, part in ((one, part) for one in checks for part in ("door", "card")):
            read = check.body.door if part == "door" else check.body.caregiver
            if read is None:
                continue
            said = (check.evidence or {}).get(part)
            proved = read.strength if said is None else Strength[said["proved"].upper()]
            if proved < (least.door if part == "door" else least.caregiver):
                which = part, read.uid.hex()
                weakest[which] = min(weakest.get(which, proved), proved)
                visits.setdefault(which, set()).add(visit.visit_id)
    for which, proved in sorted(weakest.items()):
        asked = least.door if which[0] == "door" else least.caregiver
        name, got, wanted, many = named(which[0]), _WORDS[proved], _WORDS[asked], len(visits[which])
        off = int(asked) - int(proved)
        yield Finding(
            "weak_token", None, which, int(proved), int(asked), off, "grades",
            Text(
                f"{name.zh}在 {many} 次服务中只证明了{got.zh}，至少应为{wanted.zh}，低 {off} 级",
                f"the {name.en} proved {got.en} in {many} visit{'s' if many > 1 else ''}; {wanted.en} is asked: "
                f"{off} lower",
            ),
            _CLEARS,
        )  # fmt: skip


SURVEY = Survey("weak_token", _find)
