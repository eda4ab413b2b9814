"""The columns of a file of back-filled meals (助餐补录), under Chinese or English headers. rule: MEAL-BACKFILL."""

from typing import Final

from zhendao.command.roster.cells import Choice, Day, Words
from zhendao.command.roster.choices import MEAL_POINT_KINDS
from zhendao.command.roster.sheets import Column, Sheet

MEAL_WORDS: Final = Choice(
    {
        "breakfast": 1, "早餐": 1, "早": 1, "1": 1,
        "lunch": 2, "午餐": 2, "中餐": 2, "午": 2, "2": 2,
        "dinner": 3, "晚餐": 3, "晚": 3, "3": 3,
    },
)  # fmt: skip
BACKFILL: Final = Sheet(
    "meal_backfill",
    "助餐补录",
    (
        Column("point", ("助餐点编号", "助餐点", "场所码", "place_code"), Words(64)),
        Column("day", ("日期", "用餐日期", "date"), Day()),
        Column("meal", ("餐次",), MEAL_WORDS),
        Column("elder_id", ("老人编号", "老人"), Words(64)),
        Column("way", ("助餐方式", "方式"), MEAL_POINT_KINDS, required=False),
    ),
    ("point", "day", "meal", "elder_id"),
)
