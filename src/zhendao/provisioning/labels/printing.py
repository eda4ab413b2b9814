"""Labels on sheets: each at its place, the QR code on the left, the words beside it; nothing over a label's edge."""

from collections.abc import Sequence
from typing import Final

from zhendao.command.paper import Paper
from zhendao.protocol.wording import Language
from zhendao.provisioning.labels.content import Label
from zhendao.provisioning.labels.sheets import A4, LabelSheet

_EDGE: Final = 2.0
"""So much is left free within each label: printers and sheets are off by a millimetre."""
_MOST_CODE: Final = 28.0
_GAP: Final = 2.0
"""Between code and words: a code wants four modules of white around it, two of which are its own."""
_POINTS_PER_MM: Final = 72 / 25.4


def print_labels(
    labels: Sequence[Label], sheet: LabelSheet, tenant: str, language: Language, made_s: int, first: int = 1
) -> bytes:
    """Return a PDF with ``labels`` on ``sheet``, from place ``first`` (1…count) of the first page on.

    ``made_s``: seconds since 1970 UTC, written into the file. Raises `FontMissingError`.
    """
    title = {"zh": "标签", "en": "Labels"}[language]
    paper = Paper(f"{title} {tenant}", made_s, A4)
    for label, (page, x, y) in zip(labels, sheet.places(first), strict=False):
        while paper.pages <= page:
            paper.page()
        _label(paper, label, sheet, x, y, tenant, language)
    if not paper.pages:
        paper.page()
    return paper.bytes()


def _label(paper: Paper, label: Label, sheet: LabelSheet, x: float, y: float, tenant: str, language: Language) -> None:
    high, size = sheet.height - 2 * _EDGE, min(sheet.height - 2 * _EDGE, _MOST_CODE)
    paper.qr(x + _EDGE, y + (sheet.height - size) / 2, size, label.data)
    left = x + _EDGE + size + _GAP
    most = x + sheet.width - _EDGE - left
    lines = [(label.title.in_(language), 1.25, 0), (label.subject or label.code, 1.6, 0)]
    if label.name:
        lines.append((label.name, 1.25, 0))
    lines += [(label.code, 1.0, 0)] if label.subject else []
    lines += [(label.note.in_(language), 0.8, 70), (tenant, 0.8, 70)]
    unit = high / sum(1.35 * scale for _, scale, _ in lines)
    unit = min(unit, 4.2)
    base = y + (sheet.height - unit * sum(1.35 * scale for _, scale, _ in lines)) / 2
    for text, scale, grey in lines:
        base += unit * scale * 1.35
        paper.text(left, base - unit * scale * 0.35, text, unit * scale * _POINTS_PER_MM * 0.92, most=most, grey=grey)
