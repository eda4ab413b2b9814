"""How a duration and its error are told to people: minutes and seconds, from two hours on hours too. Pure."""

from zhendao.protocol.wording import Text

_MINUTE, _HOUR = 60, 3600
_IN_HOURS = 2 * _HOUR
"""Limits of services are told in minutes up to here, as the rules have them."""


def lasting(seconds: int) -> Text:
    """Return ``seconds`` (not negative) in words: ``40 分 5 秒``, ``40 min 5 s``, ``9 小时 1 分``, ``9 h 1 min``."""
    hours, rest = divmod(seconds, _HOUR) if seconds >= _IN_HOURS else (0, seconds)
    minutes, rest = divmod(rest, _MINUTE)
    parts = [one for one in ((hours, "小时", "h"), (minutes, "分", "min"), (rest, "秒", "s")) if one[0]]
    parts = parts or [(0, "秒", "s")]
    return Text(" ".join(f"{many} {zh}" for many, zh, _ in parts), " ".join(f"{many} {en}" for many, _, en in parts))


def give_or_take(bound_ms: int) -> Text:
    """Return the error of a duration as a part of a sentence, empty where it is exact."""
    if not bound_ms:
        return Text("", "")
    error = lasting(-(-bound_ms // 1000))
    return Text(f"（误差不超过 {error.zh}）", f" (give or take {error.en})")
