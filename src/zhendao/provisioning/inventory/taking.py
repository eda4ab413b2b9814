"""The whole inventory: what the authority's folder knows, read once. No key is opened, nothing is written."""

from pathlib import Path

from zhendao.provisioning import token_log
from zhendao.provisioning.authority import Authority
from zhendao.provisioning.cards.holdings import holdings
from zhendao.provisioning.cards.journal import CardJournal
from zhendao.provisioning.inventory.certificates import certificates
from zhendao.provisioning.inventory.items import Choice, Item, Kind, Moment, chosen
from zhendao.provisioning.inventory.terminals import doors, joined, terminals
from zhendao.provisioning.inventory.tokens import tokens
from zhendao.provisioning.revoking import revocations


def take(folder: Path, choice: Choice, moment: Moment) -> list[Item]:
    """Return what the authority in ``folder`` has and ``choice`` wants. What no kind of it asks for is not read.

    Raises:
        NoAuthorityError: there is none.
        RevocationError: a revocation list is damaged.
        FolderUnusableError: the books of its tokens cannot be read.
    """
    authority, wanted = Authority.open(folder), choice.kinds or frozenset(Kind)
    revoked, items = revocations(authority), list[Item]()
    here = joined(authority) if wanted & {Kind.TERMINAL, Kind.TAG} else []
    if Kind.TERMINAL in wanted:
        items += terminals(here, revoked, moment)
    if wanted & {Kind.TAG, Kind.CARD}:
        held = holdings(token_log.read(folder), CardJournal(folder).stories())
        items += tokens(held, doors(here), moment)
    if Kind.CERTIFICATE in wanted:
        items += certificates(authority, revoked, moment)
    return chosen(items, choice)
