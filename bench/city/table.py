"""The report as tables for a person, in either language."""

from typing import Any

from words import COLUMNS, GROUPS, HOLDS, KIND_COLUMNS, TARGETS, called

from zhendao.command.output import line, table
from zhendao.protocol.wording import Language

_SHOWN = 6
"""Kinds that a row names at most."""


def show(report: dict[str, Any], language: Language) -> None:
    """Print the classes, the kinds and the targets."""
    for group, title in GROUPS.items():
        rows = [class_cells(one, language) for one in report["classes"] if one["group"] == group]
        table([one.in_(language) for one in COLUMNS], rows, title.in_(language))
        line("")
    table([one.in_(language) for one in KIND_COLUMNS], [kind_cells(one) for one in report["kinds"]])
    line("")
    for one in report["targets"]:
        line(f"{HOLDS[one['holds']].in_(language)}: {target(one, language)}")


def class_cells(row: dict[str, Any], language: Language) -> list[str]:
    """Return a row of the table of classes."""
    judged = row["group"] != "quiet"
    seen = list(row["seen"].items())[:_SHOWN]
    return [
        called(row["class"]).in_(language),
        str(row["visits"]),
        str(row["no_trace"] or "") if judged else "",
        str(row["too_few"] or ""),
        str(row["traced"]) if judged else "",
        str(row["found"]) if judged else "",
        _share(row["recall"]),
        str(row["hint_alone"] or ""),
        _share(row["precision"]),
        ", ".join(f"{kind} {count}" for kind, count in seen),
    ]


def kind_cells(row: dict[str, Any]) -> list[str]:
    """Return a row of the table of kinds."""
    names = ("person", "office", "fault", "moot", "wrong")
    counts = (str(row[name] or "") for name in names)
    return [
        row["kind"], str(row["findings"]), *counts, _share(row["precision"]), str(row["honest"] or ""),
        str(row["blamed"] or ""),
    ]  # fmt: skip


def target(one: dict[str, Any], language: Language) -> str:
    """Return what a target says, and what there was."""
    name = called(one["class"]).in_(language) if one["class"] else ""
    said = TARGETS[one["what"]].in_(language).format(name=name, limit=f"{one['limit']:g}")
    part, whole = one["part"], one["whole"]
    if one["what"] == "blamed":
        return f"{said}: {part}"
    share = part / whole if whole else 0
    value = f"{1000 * share:.2f}" if one["what"] == "honest" else f"{share:.3f}" if whole else "–"
    return f"{said}: {value} ({part} / {whole})"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"
