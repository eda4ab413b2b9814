"""One row of the table of signals: the values that say how a moment is seen, heard, said and shown on the page."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from zhendao.protocol.wording import Text


class Signal(StrEnum):
    """What light and buzzer do; how: `patterns`."""

    NOTICE = "notice"
    """Something was seen, asked or answered; nothing new is recorded."""
    RECORDED = "recorded"
    """Safe in the journal."""
    REMARKED = "remarked"
    """Safe in the journal, but the office must look at the card."""
    SENT = "sent"
    """The broker has it."""
    ACCEPTED = "accepted"
    """The gateway has committed it."""
    BAD = "bad"
    """No check was made."""
    CALLING = "calling"
    """A call is recorded, and on its way."""
    REACHED = "reached"
    """A call is with the gateway; no person has it yet."""
    HEARD = "heard"
    """A person has the call."""
    UNHEARD = "unheard"
    """Nobody has the call: whoever is in danger helps themselves meanwhile."""
    EXERCISE = "exercise"
    """A drill: nobody is in danger."""
    TROUBLE = "trouble"
    """Something is the matter with the box or what hangs on it; visits are recorded."""


class Importance(IntEnum):
    """What makes room for what, where signals wait or one place shows them."""

    PASSING = 0
    LATER = 1
    KEPT = 2
    TROUBLE = 3
    RECORDED = 4
    BAD = 5
    CALL = 6


IMPORTANCE: dict[Signal, Importance] = {
    Signal.NOTICE: Importance.PASSING,
    Signal.SENT: Importance.LATER,
    Signal.ACCEPTED: Importance.KEPT,
    Signal.TROUBLE: Importance.TROUBLE,
    Signal.RECORDED: Importance.RECORDED,
    Signal.REMARKED: Importance.RECORDED,
    Signal.BAD: Importance.BAD,
    Signal.CALLING: Importance.CALL,
    Signal.REACHED: Importance.CALL,
    Signal.HEARD: Importance.CALL,
    Signal.UNHEARD: Importance.CALL,
    Signal.EXERCISE: Importance.CALL,
}
"""Each signal has its row; a test holds that."""


class Origin(StrEnum):
    """What has led to a moment; it decides when it may be heard (`hours`)."""

    TAP = "tap"
    """It answers a tap or a press at once: heard at any hour, within two seconds."""
    ASKED = "asked"
    """Somebody asks to be told: as long as it is, and the next tap cuts it."""
    LATER = "later"
    """What becomes of a tap: for whoever may still be there."""
    CALL = "call"
    """A call for help, and what becomes of it: heard at any hour, and louder where settings say so."""
    HOUSE = "house"
    """Nobody asked, and somebody in the house should know: heard by day, silent at night."""
    BOX = "box"
    """Nobody asked, and it can wait: heard within a minute of a tap only."""


class Page(StrEnum):
    """What the status page stands for; its words are the moment's own. Told apart by shape, not by colour alone."""

    WELCOME = "welcome"
    """A card can be held there."""
    HALF = "half"
    """One of two tokens was read."""
    DONE = "done"
    REMARK = "remark"
    ANSWER = "answer"
    """What was asked, or a question back."""
    WAY = "way"
    """Sent, accepted: a small mark beside what stands there."""
    REFUSED = "refused"
    OUT_OF_ORDER = "out-of-order"
    """No check is possible; stands until it is over."""
    CALLING = "calling"
    REACHED = "reached"
    CALL_TAKEN = "call-taken"
    """A person has the call."""
    CALL_ALONE = "call-alone"
    """Nobody has the call yet: dial 120."""
    CALL_OVER = "call-over"
    DRILL = "drill"
    TROUBLE = "trouble"
    WELL = "well"
    """A trouble is over."""


@dataclass(frozen=True, slots=True)
class Shown:
    """How a moment is given.

    Attributes:
        signal: light and buzzer.
        text: the words for those who read, on page and console.
        origin: what has led to it.
        page: the state of the status page.
        spoken: the prompt; ``{}`` is where the words of `Given.said` go. None: not said.
        private: about one person: for whoever holds that card now, and nowhere kept or shown later.
    """

    signal: Signal
    text: Text
    origin: Origin
    page: Page
    spoken: Text | None = None
    private: bool = False

    @property
    def while_held(self) -> bool:
        """Whether it ends when the card is taken away: what a held card asked for, not what answers a tap."""
        return self.private and self.origin is Origin.ASKED

    @property
    def importance(self) -> Importance:
        """How much it says."""
        return IMPORTANCE[self.signal]
