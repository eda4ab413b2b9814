"""Every way in which a tap makes no check, and what whoever tapped is told: the one table.

Promise: no way is silent, and none gets a good signal. A test drives each of them to the signal.
"""

from __future__ import annotations

from enum import StrEnum

from zhendao.device.feedback.moments import Moment


class Loss(StrEnum):
    """Why no check was made."""

    JOURNAL_FULL = "journal-full"
    """The disk has no room."""
    JOURNAL_ERROR = "journal-error"
    """The disk refused the write or the sync, or gave back something else."""
    KEY_SILENT = "key-silent"
    """The signing key did not answer: what is not signed is not journalled."""
    UNFORESEEN = "unforeseen"
    """Anything else that failed between tap and journal."""
    LEFT_EARLY = "left-early"
    """Taken away before it was read to the end."""
    RANDOM_UID = "random-uid"
    """A telephone, or a card that gives another number each time."""
    READER_FAILED = "reader-failed"
    """The reader failed and did not come back at once."""
    NOT_READ = "not-read"
    """Held there, and not to be read: too far, askew, broken."""
    UNSUPPORTED = "unsupported"
    """A card of a kind that a terminal does not take."""
    READER_FAILED_READING = "reader-failed-reading"
    """The same, while a token was being read: whoever holds it there is told so first."""
    FORGED = "forged"
    """The token's signature does not hold, or it was copied to another tag."""
    FOREIGN = "foreign"
    """Another issuer's token."""
    BLOCKLISTED = "blocklisted"
    """A token that the office has blocked."""
    UNKNOWN = "unknown"
    """A card that says nothing, alone."""
    LONE = "lone"
    """One of the two tokens, and the pairing time ran out."""
    WRONG_KIND = "wrong-kind"
    """A token that takes no part in a check here."""
    TOO_MANY = "too-many"
    """So many tokens wait for the journal that no further one is taken."""
    STOPPED_PAIRING = "stopped-pairing"
    """The terminal stopped between the first token and the second."""
    STOPPED_READING = "stopped-reading"
    """The terminal stopped while a token was being read."""
    STOPPED_WAITING = "stopped-waiting"
    """The terminal stopped, and what was read could not be written any more."""


TOLD: dict[Loss, Moment] = {
    Loss.JOURNAL_FULL: Moment.NOT_RECORDED,
    Loss.JOURNAL_ERROR: Moment.NOT_RECORDED,
    Loss.KEY_SILENT: Moment.NOT_RECORDED,
    Loss.UNFORESEEN: Moment.NOT_RECORDED,
    Loss.LEFT_EARLY: Moment.UNREADABLE,
    Loss.RANDOM_UID: Moment.UNREADABLE,
    Loss.READER_FAILED: Moment.READER_DOWN,
    Loss.NOT_READ: Moment.UNREADABLE,
    Loss.UNSUPPORTED: Moment.UNREADABLE,
    Loss.READER_FAILED_READING: Moment.UNREADABLE,
    Loss.FORGED: Moment.FORGED,
    Loss.FOREIGN: Moment.FOREIGN,
    Loss.BLOCKLISTED: Moment.BLOCKLISTED,
    Loss.UNKNOWN: Moment.UNKNOWN,
    Loss.LONE: Moment.LONE,
    Loss.WRONG_KIND: Moment.LONE,
    Loss.TOO_MANY: Moment.TOO_MANY,
    Loss.STOPPED_PAIRING: Moment.LONE,
    Loss.STOPPED_READING: Moment.UNREADABLE,
    Loss.STOPPED_WAITING: Moment.NOT_RECORDED,
}
"""Each loss has its row, and each row has the bad signal; a test holds both."""
