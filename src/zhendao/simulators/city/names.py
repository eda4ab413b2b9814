"""Names, phone numbers and identifiers of people who do not exist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from zhendao.simulators.world.engine.chance import Chance

_FAMILY: Final = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜"
_FIRST: Final = "秀桂玉淑凤春国建志文明德永金美丽红英慧雪晓佳思雨海新伟振家宝月"
_SECOND: Final = "英兰珍华芳云强民军林生根娣妹琴霞萍燕娟敏静洁婷平祥康福荣贵芬"
_ESTATES: Final = (
    "乐山", "宛南", "天钥", "梅陇", "康乐", "樱花", "桂林", "田东", "汇成", "长桥",
    "罗秀", "百色", "龙山", "东安", "日晖", "建业", "永嘉", "安福", "高安", "丰谷",
)  # fmt: skip
_KINDS: Final = ("公寓", "新村", "小区", "苑", "里")


def person(chance: Chance) -> str:
    """Return a name."""
    return chance.pick(_FAMILY) + chance.pick(_FIRST) + chance.pick(_SECOND)


def phone(chance: Chance) -> str:
    """Return a number of a range that has no subscribers: 190 000 and five digits."""
    return f"190000{chance.below(100_000):05}"


def estate(chance: Chance) -> str:
    """Return the name of a housing estate."""
    return (
        f"{chance.pick(_ESTATES)}{'一二三四五六七八九'[chance.below(9)]}村"
        if chance.likely(300)
        else (chance.pick(_ESTATES) + chance.pick(_KINDS))
    )
