"""What `card check` says of a card, for a person and for a program."""

import time

from zhendao.protocol.wording import Text
from zhendao.provisioning.cards.examining import Examined

_STATES = {
    "empty": Text("空白，没有令牌", "no token"),
    "foreign": Text("其他机构签发的令牌", "a token of another authority"),
    "forged": Text("令牌无效：伪造或复制自其他卡", "the token is no good: forged, or copied from another card"),
    "other": Text("不是可写令牌的卡，只能按 UID 识别", "not a card that carries tokens; known by its uid only"),
}
_WRONG = {
    "answer": Text("应答与密钥不符", "its answer is not that of its keys"),
    "sun": Text("动态报文与密钥不符", "its dynamic message is not that of its keys"),
    "nonce": Text("动态报文不含本次质询", "its dynamic message does not hold our challenge"),
}


def as_json(found: Examined) -> dict[str, object]:
    """Return what a program is told."""
    token = found.token
    return {
        "uid": found.uid.hex(),
        "technology": found.technology.name.lower(),
        "state": found.state,
        "good": found.good,
        "strength": found.shown.name.lower(),
        "proved": found.proved,
        "wrong": found.why_not or None,
        "loop": found.loop or None,
        "token_id": None if token is None else token.token_id.hex(),
        "role": None if token is None else token.role.name.lower(),
        "not_before_s": None if token is None else token.not_before_s,
        "not_after_s": None if token is None else token.not_after_s,
        "holder": None if found.held is None else found.held.holder or None,
        "ended": None if found.ended is None else found.ended.reason,
        "unfinished": found.story.unfinished,
    }


def as_text(found: Examined) -> Text:
    """Return what a person is told, a line for each thing."""
    lines = [_head(found), _strength(found)]
    if found.why_not in _WRONG:
        lines.append(_WRONG[found.why_not])
    if found.held is not None:
        whose = found.held.holder
        lines.append(Text(f"持有者：{whose or '备用'}", f"holder: {whose or 'spare'}"))
    if found.ended is not None:
        reason = found.ended.reason
        lines.append(Text(f"已停用：{reason}", f"ended: {reason}"))
    if found.story.unfinished:
        lines.append(
            Text("写卡未完成：请运行 card finish 或 card rollback", "unfinished: card finish, or card rollback")
        )
    if "O" in found.loop:
        lines.append(Text("防拆环已断开", "its tamper loop is open"))
    lines.append(Text("可用", "good") if found.good else Text("不可用", "not good"))
    return Text("\n".join(one.zh for one in lines), "\n".join(one.en for one in lines))


def _head(found: Examined) -> Text:
    token, head = found.token, f"{found.uid.hex()} ({found.technology.name})"
    if token is None:
        said = _STATES[found.state]
        return Text(f"{head}：{said.zh}", f"{head}: {said.en}")
    role, begin, end = token.role.name.lower(), _day(token.not_before_s), _day(token.not_after_s)
    return Text(
        f"{head}：{role} 令牌 {token.token_id.hex()}，有效期 {begin} 至 {end}",
        f"{head}: {role} token {token.token_id.hex()}, valid {begin} to {end}",
    )


def _strength(found: Examined) -> Text:
    name = found.shown.name.lower()
    if found.proved is None:
        return Text(f"强度：{name}（读出）", f"strength: {name}, as it was read")
    if found.proved:
        return Text(f"强度：{name}（已用密钥证明）", f"strength: {name}, proved with its keys")
    return Text(f"强度：{name}（未能证明）", f"strength: {name}, NOT proved")


def _day(at_s: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(at_s))
