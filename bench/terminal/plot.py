"""The result as a picture: a panel for each figure, a bar for each candidate, labels in Chinese and English. SVG."""

from collections.abc import Sequence
from html import escape
from typing import Any

WIDTH, MARGIN = 920, 24
PANEL_W, PANEL_H, GAP = 424, 124, 24
TOP, BAR_H = 96, 22
COLOURS = ("#9aa5b1", "#c2410c")
_FONT = "font-family=\"'Noto Sans CJK SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',sans-serif\""

PANELS = (
    ("figures", "idle_cpu_percent", "空闲 CPU（%，越小越好）", "idle CPU, % of a core, less is better"),
    ("figures", "after_rss_mb", "处理积压之后的内存（MB，越小越好）", "memory after the backlog, MB, less is better"),
    (
        "figures",
        "first_delivered_s",
        "启动到首条送达（秒，越小越好）",
        "start to first event delivered, s, less is better",
    ),
    ("figures", "drain_starts_s", "恢复联网到开始补传（秒，越小越好）", "link back to drain begins, s, less is better"),
    ("figures", "drain_whole_s", "恢复联网到全部送达（秒，越小越好）", "link back to all delivered, s, less is better"),
    ("faults", "broker-killed", "代理被杀：丢失（条）", "broker killed: events lost"),
    ("faults", "half-open", "半开连接：丢失（条）", "link half open: events lost"),
    ("faults", "killed", "进程被杀：丢失（条）", "itself killed: events lost"),
    ("faults", "disk-full", "磁盘写满：丢失（条）", "disk full: events lost"),
    ("again", "disk-full", "磁盘写满：重复发送（条）", "disk full: events sent again"),
)


def svg(result: dict[str, Any]) -> str:
    """Return the picture."""
    names = list(result["candidates"])
    rows = -(-len(PANELS) // 2)
    height = TOP + rows * (PANEL_H + GAP) + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" {_FONT}>',
        "<title>终端与同类产品 · the terminal beside its peer</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(MARGIN, 34, "终端与同类产品：同一台机器、同一个代理、同一次运行", 19, weight="bold"),
        _text(MARGIN, 56, "The terminal beside its peer: one machine, one broker, one run", 14, fill="#52606d"),
    ]
    x = MARGIN
    for name, colour in zip(names, COLOURS, strict=False):
        parts += [f'<rect x="{x}" y="68" width="14" height="14" fill="{colour}"/>', _text(x + 20, 80, name, 14)]
        x += 40 + 9 * len(name)
    for index, panel in enumerate(PANELS):
        left = MARGIN + (index % 2) * (PANEL_W + GAP)
        parts += _panel(
            left, TOP + (index // 2) * (PANEL_H + GAP), panel, [_value(result, name, panel) for name in names]
        )
    return "\n".join((*parts, "</svg>", ""))


def _value(result: dict[str, Any], name: str, panel: tuple[str, str, str, str]) -> float | None:
    table, key = panel[:2]
    found = result["candidates"][name]["figures" if table == "figures" else "faults"].get(key)
    if isinstance(found, dict):
        return float(found["sent_again" if table == "again" else "lost"])
    return None if found is None else float(found)


def _panel(x: int, y: int, panel: tuple[str, str, str, str], values: Sequence[float | None]) -> list[str]:
    most = max((one for one in values if one), default=1.0)
    room = PANEL_W - 110
    parts = [_text(x, y + 18, panel[2], 15, weight="bold"), _text(x, y + 36, panel[3], 13, fill="#52606d")]
    for index, (value, colour) in enumerate(zip(values, COLOURS, strict=False)):
        top = y + 50 + index * (BAR_H + 8)
        wide = 0 if not value else max(2, round(room * value / most))
        parts += [
            f'<rect x="{x}" y="{top}" width="{room}" height="{BAR_H}" fill="#f2f4f7"/>',
            f'<rect x="{x}" y="{top}" width="{wide}" height="{BAR_H}" fill="{colour}"/>',
            _text(
                x + room + 10,
                top + 16,
                "–" if value is None else f"{value:,.4g}" if value < 1000 else f"{value:,.0f}",
                15,
            ),
        ]
    return parts


def _text(x: int, y: int, text: str, size: int, *, fill: str = "#1f2933", weight: str = "normal") -> str:
    return f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" fill="{fill}">{escape(text)}</text>'
