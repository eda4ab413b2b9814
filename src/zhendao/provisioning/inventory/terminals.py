"""Terminals of an authority, with their duty and the place at which they were accepted, as items."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from zhendao.protocol.enrolment import ANSWER_BYTES, REQUEST_BYTES, Answer, KeyStore, open_answer, open_request
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.revocation import Revocations
from zhendao.provisioning.authority import Authority
from zhendao.provisioning.errors import FolderUnusableError
from zhendao.provisioning.folders import read_file
from zhendao.provisioning.inventory.items import Item, Kind, Moment, State
from zhendao.provisioning.inventory.sites import Site, site_of
from zhendao.provisioning.rotation import ANSWER_FILE, REQUEST_FILE, RETIRED_FILE
from zhendao.provisioning.terminals import BINDING_FILE, kept_words

_IN_GOOD_ORDER = {"retired", "replaced", "ceased"}


@dataclass(frozen=True, slots=True)
class Joined:
    """One terminal as the folder has it.

    Attributes:
        device: its id, hexadecimal.
        papers: what was granted to it and where its key is; None where that cannot be read.
        site: its place.
        elder: the number it was approved with, where the place says none.
        retired: why it works no longer; None while it does.
    """

    device: str
    papers: tuple[Answer, KeyStore] | None
    site: Site
    elder: str | None
    retired: str | None


def joined(authority: Authority) -> list[Joined]:
    """Return all terminals that have joined, in order of device id."""
    return [_joined(authority.folder, folder) for folder in authority.terminals()]


def doors(found: Sequence[Joined]) -> dict[bytes, str]:
    """Return where each bound door tag hangs: the place, or the terminal where no place is known yet."""
    working = [(one, one.papers[0].door) for one in found if one.papers is not None and one.retired is None]
    return {door: one.site.place or one.device for one, door in working if door is not None}


def terminals(found: Sequence[Joined], revoked: Revocations, moment: Moment) -> Iterator[Item]:
    """Give each terminal; it is good as long as its certificate is."""
    for one in found:
        place = one.site.place or ""
        if one.papers is None:
            yield Item(Kind.TERMINAL, one.device, "", place, State.DAMAGED, None, None)
            continue
        answer, keystore = one.papers
        facts = {
            "mounting": answer.mounting.name.lower(),
            "door": None if answer.door is None else answer.door.hex(),
            "elder": one.site.elder or one.elder,
            "accepted": one.site.accepted,
            "outcome": one.site.outcome,
            "keystore": keystore.name.lower(),
            "ended": one.retired,
        }
        role, state = answer.placement.name.lower(), _state(one, answer, revoked, moment)
        since_s, until_s = answer.made_ms // 1000, answer.certificate.not_after_s
        yield Item(Kind.TERMINAL, one.device, role, place, state, since_s, until_s, facts)


def _state(one: Joined, answer: Answer, revoked: Revocations, moment: Moment) -> State:
    ended = revoked.find(answer.certificate)
    if one.retired in _IN_GOOD_ORDER:
        return State.RETIRED
    if ended is not None and ended.since_s <= moment.now_s:
        return State.REVOKED
    return moment.by_time(answer.certificate.not_after_s)


def _joined(authority: Path, folder: Path) -> Joined:
    gone = folder / RETIRED_FILE
    retired = str(kept_words(gone).get("reason", "retired")) if gone.exists() else None
    elder = kept_words(folder / BINDING_FILE).get("elder")
    return Joined(folder.name, _papers(folder), site_of(authority, folder.name), elder, retired)


def _papers(folder: Path) -> tuple[Answer, KeyStore] | None:
    try:
        answer = open_answer(read_file(folder / ANSWER_FILE, ANSWER_BYTES))
        return answer, open_request(read_file(folder / REQUEST_FILE, REQUEST_BYTES)).keystore
    except (ProtocolError, FolderUnusableError):
        return None
