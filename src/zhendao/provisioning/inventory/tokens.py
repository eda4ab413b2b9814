"""Door tags and cards of an authority: the token log and the journals of cards, as items."""

from collections.abc import Iterator, Mapping

from zhendao.protocol.vocabulary import Role
from zhendao.provisioning.cards.goals import TokenGoal
from zhendao.provisioning.cards.holdings import Held, Holdings
from zhendao.provisioning.inventory.items import Item, Kind, Moment, State
from zhendao.provisioning.token_log import Issued

_IN_GOOD_ORDER = {"replaced", "blank"}


def tokens(found: Holdings, doors: Mapping[bytes, str], moment: Moment) -> Iterator[Item]:
    """Give each token that is, was or is to become one; ``doors``: where a door tag hangs, by its token id."""
    for held in found.by_token.values():
        holder = held.holder or doors.get(held.token.token_id, "")
        state = moment.by_time(held.token.not_after_s)
        if held.token.uid in found.begun:
            state = State.UNFINISHED
        elif not holder and state is not State.EXPIRED:
            state = State.SPARE
        yield _item(held, holder, state)
    for ended in found.ended:
        state = State.RETIRED if ended.reason in _IN_GOOD_ORDER else State.REVOKED
        yield _item(ended.held, ended.held.holder, state, ended.reason)
    for goal in found.begun.values():
        if goal.token_id not in found.by_token:
            yield _begun(goal)


def _item(held: Held, holder: str, state: State, reason: str | None = None) -> Item:
    facts = {"uid": held.token.uid.hex(), "strength": held.strength or None, "ended": reason}
    return _of(held.token, holder, state, facts)


def _begun(goal: TokenGoal) -> Item:
    return _of(goal.issued, goal.holder, State.UNFINISHED, {"uid": goal.uid.hex(), "strength": None, "ended": None})


def _of(token: Issued, holder: str, state: State, facts: Mapping[str, str | None]) -> Item:
    kind = Kind.TAG if token.role is Role.DOOR else Kind.CARD
    role, until_s = token.role.name.lower(), token.not_after_s
    return Item(kind, token.token_id.hex(), role, holder, state, token.not_before_s, until_s, facts)
