"""What a file of evidence proves, on one page of A4 for people: Chinese with English beside it.

The page proves nothing by itself, and says so: it names the file by its digest, and how to check that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhendao.command.paper import Paper
from zhendao.protocol.loghead import open_head
from zhendao.protocol.suite import SM
from zhendao.protocol.wording import Text
from zhendao.verifier.bundle.telling import UNPROVED, further, of_sides, side_told, when

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zhendao.verifier.bundle.examining import Examined

_LEFT, _RIGHT, _MIDDLE = 18.0, 192.0, 105.0
_GREY, _RULE, _SHADE = 110, 190, 238
_WIDTH = _RIGHT - _LEFT
_FOOT = 266.0
_TITLE, _SENTENCE = 6.5, 10.4
"""How high the title of a part is, and a sentence at most."""
_NAMES = {
    "form": ("格式", "form"),
    "gateway": ("网关签名", "gateway's signature"),
    "journal": ("终端原始记录", "terminal's record"),
    "visit": ("上门结论", "the visit"),
    "times": ("时间", "times"),
    "people": ("人工更正", "corrections"),
    "log": ("网关日志", "the log"),
}


def draw(found: Examined, data: bytes) -> bytes:
    """Return the PDF about the file ``data``, which was examined before. Raises `FontMissingError`."""
    bundle = found.bundle
    name = "" if bundle is None else bundle.visit_id.hex()
    paper = Paper(f"上门证据 {name}", 0 if bundle is None else max(0, bundle.made_ms // 1000))
    paper.page()
    _head(paper, found, name)
    y = 42.0
    if found.holds:
        y = _visit(paper, found, y)
    y = _steps(paper, found, y + 4)
    if found.holds:
        _sentences(paper, found, y + 4)
    _foot(paper, found, data)
    return paper.bytes()


def _head(paper: Paper, found: Examined, name: str) -> None:
    paper.text(_MIDDLE, 19, "上门证据核验结果", 22, align="centre")
    paper.text(_MIDDLE, 25.5, f"Evidence of a visit, examined  {name}", 9, align="centre", grey=_GREY)
    zh, en = ("✓ 成立", "it holds") if found.holds else ("× 不成立", "it does not hold")
    paper.text(_MIDDLE, 33.5, f"{zh}  {en}", 14, align="centre")
    paper.line(_LEFT, 36.5, _RIGHT, 36.5, thick=0.5)


def _visit(paper: Paper, found: Examined, y: float) -> float:
    record, bundle = found.record, found.bundle
    rows: list[tuple[str, str, str]] = []
    for name, zh, en in (("in", "签到", "check-in"), ("out", "签退", "check-out")):
        if name in found.sides:
            at, off, card, door = side_told(found, name)
            rows.append((zh, en, f"{at} UTC+8（{off}）   卡 card {card}   门牌 door tag {door}"))
    told = record.get("correction")
    if isinstance(told, dict) and told.get("counts"):
        begin, end = when(told.get("begin_ms")), when(told.get("end_ms"))
        rows.append(("更正为", "corrected", f"签到 {begin}   签退 {end}   {' / '.join(found.people or ())}"))
    lasted = _minutes(record)
    if isinstance(told, dict) and told.get("counts"):
        witnessed = told.get("witnessed")
        lasted += f"（见证 witnessed {_minutes(witnessed if isinstance(witnessed, dict) else {})}）"
    flags = " ".join(str(one.get("flag")) for one in record.get("flags", ())) or "–"
    whose = (
        f"{record.get('elder_id') or '–'}   护理员 caregiver {record.get('caregiver_id') or '–'}   "
        f"地点 place {record.get('place_id') or '–'}   服务 service {record.get('service') or '–'}"
    )
    rows += [
        ("时长", "duration", f"{lasted}   状态 state {record.get('state')}   疑点 flags {flags}"),
        ("老人", "elder", whose),
        ("终端", "terminal", "、".join(sorted({one.event.device.hex() for one in found.sides.values()})) or "–"),
    ]
    if bundle is not None:
        last = bundle.revisions[-1]
        told_rules = (
            f"第 {last.number} 次 revision {last.number}   规则 rules {last.rules}   {when(last.made_ms)} UTC+8"
        )
        rows.append(("结论", "conclusion", told_rules))
    for number, (zh, en, value) in enumerate(rows):
        base = y + 6.2 * number + 2
        paper.text(_LEFT, base, zh, 9)
        paper.text(_LEFT + 11.5, base, en, 6, grey=_GREY, most=13)
        paper.text(_LEFT + 26, base, value, 8.5, most=_WIDTH - 26)
        paper.line(_LEFT, base + 2, _RIGHT, base + 2, thick=0.1, grey=_RULE)
    return y + 6.2 * len(rows) + 2


def _minutes(record: dict[str, Any]) -> str:
    seconds = record.get("duration_s")
    return f"{seconds // 60} min" if type(seconds) is int else "–"


def _steps(paper: Paper, found: Examined, y: float) -> float:
    _title(paper, y, "逐项核验", "Step by step")
    y += 7
    for one in found.findings:
        zh, en = _NAMES[one.step]
        paper.text(_LEFT, y, "✓" if one.holds else "×", 11)
        paper.text(_LEFT + 6, y, zh, 8.5, most=20)
        paper.text(_LEFT + 6, y + 3, en, 5.5, grey=_GREY, most=20)
        below = paper.wrapped(_LEFT + 28, y, one.text.zh, 8, _WIDTH - 28, lines=2)
        y = paper.wrapped(_LEFT + 28, below - 0.4, one.text.en, 6, _WIDTH - 28, lines=2, grey=_GREY) + 1.6
    return y


def _sentences(paper: Paper, found: Examined, y: float) -> None:
    """Write what was proved, as far as there is room, and all of what was not: that is never what is left out."""
    least = _TITLE + len(UNPROVED) * _SENTENCE
    y = _said(paper, ("证明了", "Proved"), further(found) or of_sides(found), y, _FOOT - least)
    _said(paper, ("没有证明", "Not proved"), UNPROVED, y, _FOOT)


def _said(paper: Paper, title: tuple[str, str], said: Sequence[Text], y: float, end: float) -> float:
    _title(paper, y, *title)
    y += _TITLE
    for number, one in enumerate(said):
        more = len(said) - number
        if more > 1 and y + 2 * _SENTENCE > end:
            _sentence(
                paper, Text(f"另有 {more} 句，见 zhendao-verify 的输出", f"{more} more: zhendao-verify says them"), y
            )
            return end
        y = _sentence(paper, one, y)
    return y + 3.5


def _sentence(paper: Paper, one: Text, y: float) -> float:
    below = paper.wrapped(_LEFT + 2, y, one.zh, 8, _WIDTH - 4, lines=1)
    return paper.wrapped(_LEFT + 2, below - 0.4, one.en, 6, _WIDTH - 4, lines=2, grey=_GREY) + 1.2


def _foot(paper: Paper, found: Examined, data: bytes) -> None:
    paper.line(_LEFT, _FOOT, _RIGHT, _FOOT, thick=0.5)
    paper.text(_LEFT, _FOOT + 6, "本页不是证据：证据是文件，凭文件与根证书即可核验", 9)
    paper.text(
        _LEFT, _FOOT + 9.5, "This page proves nothing: the file does, with the root certificate", 6.5, grey=_GREY
    )
    digest = SM.hash(data).hex()
    paper.text(_LEFT, _FOOT + 15, f"文件 file SM3 {digest}", 8, most=_WIDTH)
    if found.holds and found.bundle is not None:
        head = open_head(found.bundle.head).head
        log = f"日志 log {head.size} · {head.root.hex()} · {when(head.made_ms)} UTC+8"
        paper.text(_LEFT, _FOOT + 19.5, log, 8, most=_WIDTH)
    paper.text(_RIGHT, _FOOT + 6, "zhendao-verify FILE --root root.crt", 7.5, align="right")
    paper.text(_MIDDLE, 291, "真到 Zhendao", 7, align="centre", grey=_GREY)


def _title(paper: Paper, y: float, zh: str, en: str) -> None:
    paper.area(_LEFT, y - 4.5, _WIDTH, 6.2, grey=_SHADE)
    paper.text(_LEFT + 2, y, zh, 10)
    paper.text(_LEFT + 4 + paper.width_of(zh, 10), y, en, 7, grey=_GREY)
