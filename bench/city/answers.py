"""What counts: which kinds of finding answer which fraud and which mistake, and what a finding says of a person.

Nothing here is read by the gateway. docs/benchmarks.md gives the reasons.
"""

from typing import Final

FRAUDS: Final[dict[str, frozenset[str]]] = {
    "phantom": frozenset({"overlap", "travel"}),
    "short": frozenset({"short"}),
    "removed_door_tag": frozenset({"outside", "foreign_door", "overlap", "travel"}),
    "cloned_uid": frozenset({"cloned", "outside", "overlap", "travel"}),
    "harvested_sun": frozenset({"replayed", "cloned", "outside", "overlap", "travel"}),
    "lent_card": frozenset({"cards_together", "overlap", "travel"}),
    "booked_under_others": frozenset({"booked_under_others", "unbound", "overlap", "travel"}),
    "staged_double_taps": frozenset({"minute_regular"}),
    "moved_terminal": frozenset({"moved", "outside", "overlap", "travel", "tamper"}),
}
"""A visit of this fraud is found where a finding of one of these kinds is of that visit, or names its caregiver
(patterns) or its terminal (moves)."""

PATTERNS: Final[dict[str, str]] = {
    "lent_card": "cards_together",
    "booked_under_others": "booked_under_others",
    "staged_double_taps": "minute_regular",
}
"""Frauds of which one visit alone shows nothing, with the kind that names them."""
PATTERN_LEAST: Final = 3
"""Witnessed visits from which on something is a pattern: what was seen twice may be chance."""

MISTAKES: Final[dict[str, frozenset[str]]] = {
    "forgotten_out": frozenset({"no_out", "no_in", "long"}),
    "forgotten_in": frozenset({"no_in", "no_out", "long"}),
    "left_early": frozenset({"short"}),
    "stayed_long": frozenset({"long"}),
    "substitute": frozenset({"unbound"}),
    "missed": frozenset({"missed"}),
    "no_card": frozenset({"missed"}),
    "extra_visit": frozenset({"off_schedule"}),
    "not_witnessed": frozenset({"no_out", "no_in"}),
}
"""What an office should see of a mistake; of those that are not here it need see nothing."""
OFFICE: Final[dict[str, str]] = {
    "over_capacity": "over_capacity",
    "unlicensed": "unlicensed",
    "health_certificate": "papers",
}
"""What is not in order in the registry itself, with the kind that says so; it is seen without any fact."""

OFFICE_KINDS: Final = frozenset(OFFICE.values())

SUSPECT: Final = frozenset(
    {
        "outside", "foreign_door", "travel", "overlap", "short", "replayed", "cloned", "booked_under_others",
        "cards_together", "minute_regular",
    }
)  # fmt: skip
"""Kinds that put a caregiver under suspicion of fraud. All others ask what happened, or are about a terminal, a tag,
an organisation: a hint."""

FROM_FACTS: Final = frozenset({"low_rating", "weak_token"})
"""Kinds that repeat what one fact says (a button, a strength): nothing in the truth could be otherwise."""
