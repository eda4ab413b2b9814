"""How a duration and its error are told to people: minutes and seconds. Pure."""

from zhendao.protocol.wording import Text

_MINUTE = 60


def lasting(seconds: int) -> Text:
    """Return ``seconds`` (not negative) in words: ``40 分 5 秒``, ``40 min 5 s``."""
    minutes, rest = divmod(seconds, _MINUTE)
    if not minutes:
        return Text(f"{rest} 秒", f"{rest} s")
    if not rest:
        return Text(f"{minutes} 分", f"{minutes} min")
    return Text(f"{minutes} 分 {rest} 秒", f"{minutes} min {rest} s")


def give_or_take(bound_ms: int) -> Text:
    """Return the error of a duration as a part of a sentence, empty where it is exact."""
    if not bound_ms:
        return Text("", "")
    error = lasting(-(-bound_ms // 1000))
    return Text(f"（误差不超过 {error.zh}）", f" (give or take {error.en})")
