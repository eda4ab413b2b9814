"""From what people did to what terminals witnessed: events in order, with what was proved and when they arrived.

Promise: a terminal that is dark witnesses nothing; what it witnessed arrives, however late, in its order. The truth of
a visit learns here which facts belong to it, what stood in the way, and which traces a fraud has left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from zhendao.protocol.bodies import Boot, Check, Clock, Fix, PositionWatch, Rating, Tamper, Tap, Undo
from zhendao.protocol.vocabulary import (
    BootReason,
    CheckFlag,
    ClockReason,
    ClockSource,
    Direction,
    HealthReason,
    Mounting,
    Placement,
    TamperCause,
    TapReason,
    WatchReason,
)
from zhendao.simulators.city import reading, sky
from zhendao.simulators.city.box import Box
from zhendao.simulators.city.health import report
from zhendao.simulators.city.learning import tell
from zhendao.simulators.city.rates import Mistake
from zhendao.simulators.city.visits import Act, Copy, Deed

if TYPE_CHECKING:
    from zhendao.protocol.event import Event
    from zhendao.simulators.city.changes import Changes
    from zhendao.simulators.city.model import Terminal
    from zhendao.simulators.city.outages import Outages
    from zhendao.simulators.city.rates import Rates
    from zhendao.simulators.city.upkeep import Chore
    from zhendao.simulators.city.visits import Witnessed
    from zhendao.simulators.world.engine.chance import Chance

SOFTWARE: Final = "0.1.0"
_UNSET_AGO_MS: Final = 300 * 86_400_000
"""A terminal that lost the time believes in that of its last software: so long ago."""
_WRONG_MS: Final = 60_000
_STEPS_MS: Final = 1_000
_BUTTONS: Final = {100: 1, 60: 2, 0: 3}


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact as the gateway has it; ``received_ms`` is UTC."""

    received_ms: int
    event: Event
    proofs: dict[str, Any]


class Witness:
    """All terminals of a city."""

    def __init__(
        self, terminals: list[Terminal], outages: Outages, changes: Changes, rates: Rates, chance: Chance
    ) -> None:
        self._outages, self._changes, self._rates, self._chance = outages, changes, rates, chance
        self.counters = reading.Counters()
        self.boxes: list[Box] = []
        for terminal in terminals:
            dice = chance.child(f"box {terminal.number}")
            self.boxes.append(Box(terminal, dice.bytes(16), 0, dice.between(-20, 20)))

    def install(self, terminal: Terminal, at_ms: int) -> list[Fact]:
        """Return the first two events of a terminal that is put into service at ``at_ms``."""
        box = self.boxes[terminal.number]
        box.booted_ms = at_ms
        return [self._boot(box, at_ms, BootReason.FIRST), self._anchor(box, at_ms + 5_000)]

    def act(self, act: Act, chance: Chance) -> list[Fact]:
        """Return what the terminal witnesses of ``act``."""
        box, visit, asked = self.boxes[act.terminal.number], act.visit, act.deed
        before, act = act.terminal, self._changes.now(act)
        if act.terminal is not before:
            box = self.boxes[act.terminal.number]
            if any(terminal is before for terminal, _ in visit.facts):
                visit.mistakes.add(Mistake.TERMINAL_CHANGED)
        cut = self._outages.cut(act.terminal, act.at_ms)
        cut = cut or self._outages.reader(act.terminal, act.at_ms)
        if cut is not None:
            visit.outages.add(cut.outage_id)
            visit.mistakes.add(Mistake.NOT_WITNESSED)
            return []
        key = (act.card.uid, act.door.uid if act.door and act.terminal.placement is Placement.CARRIED else b"")
        if act.deed is Deed.CHECK:
            made = self._check(box, act, key, chance)
        elif act.deed is Deed.RATE:
            made = self._rating(box, act)
        elif act.deed is Deed.TAKE_BACK:
            made = self._take_back(box, act, key, chance)
        else:
            made = self._no_check(box, act, chance)
            if asked in {Deed.CHECK, Deed.TAKE_BACK}:
                visit.mistakes.add(Mistake.NO_DOOR_TAG)
        if box.told:
            visit.traces.add("terminal_moved")
        visit.facts += [(act.terminal, fact.event.seq) for fact in made]
        if abs(box.off_ms) > _WRONG_MS:
            visit.mistakes.add(Mistake.WRONG_CLOCK)
        return made

    def chore(self, chore: Chore, chance: Chance) -> list[Fact]:
        """Return what a terminal writes by itself."""
        box, at_ms = self.boxes[chore.terminal.number], chore.at_ms
        if self._outages.cut(chore.terminal, at_ms) is not None or not self._changes.there(chore.terminal, at_ms):
            return []
        match chore.what:
            case "install":
                return self.install(chore.terminal, at_ms)
            case "anchor":
                return [self._anchor(box, at_ms)]
            case "health" | "reader":
                reason = HealthReason.CHANGE if chore.what == "reader" else HealthReason.INTERVAL
                dead = self._outages.reader(chore.terminal, at_ms) is not None
                return [self._fact(box, at_ms, report(box, at_ms, SOFTWARE, reason, chance, reader_dead=dead))]
            case "watch":
                fix = self._look(box, None, at_ms, chance)
                return [] if fix is None else [self._fact(box, at_ms, PositionWatch(fix, WatchReason.WATCH))]
            case _:
                away = chore.what == "away"
                return (
                    self._taken_away(box, chore, chance)
                    if away
                    else self._power_back(box, at_ms, chance, loses_time=chore.loses_time)
                )

    # -- by itself

    def _power_back(self, box: Box, at_ms: int, chance: Chance, *, loses_time: bool) -> list[Fact]:
        box.restart(chance.bytes(16), at_ms)
        if loses_time:
            box.source, box.off_ms, box.bound_ms = ClockSource.UNSET, -_UNSET_AGO_MS, None
        made = [self._boot(box, at_ms, BootReason.START)]
        if not loses_time:
            made.append(self._anchor(box, at_ms + 6_000))
        if self._outages.reader(box.terminal, at_ms) is not None:  # it finds that out as soon as it starts
            dead = report(box, at_ms + 7_000, SOFTWARE, HealthReason.CHANGE, chance, reader_dead=True)
            made.append(self._fact(box, at_ms + 7_000, dead))
        return made

    def _taken_away(self, box: Box, chore: Chore, chance: Chance) -> list[Fact]:
        """Let the terminal wake up elsewhere: a boot, perhaps the wall switch, and a fix there where it has one."""
        box.spot = chore.spot
        made = self._power_back(box, chore.at_ms, chance, loses_time=False)
        if box.terminal.mounting is Mounting.WALL:
            box.told = True
            made.append(self._fact(box, chore.at_ms + 8_000, Tamper(TamperCause.OFF_WALL, active=True)))
        fix = self._look(box, None, chore.at_ms + 600_000, chance)
        if fix is not None:
            box.told = True
            made.append(self._fact(box, chore.at_ms + 600_000, PositionWatch(fix, WatchReason.MOVED)))
        return made

    def _boot(self, box: Box, at_ms: int, reason: BootReason) -> Fact:
        terminal, dice = box.terminal, self._chance.child(f"{box.terminal.number}/boot {box.seq}")
        body = Boot(
            nonce=dice.bytes(16),
            reason=reason,
            software=SOFTWARE,
            placement=terminal.placement,
            mounting=terminal.mounting,
        )
        return self._fact(box, at_ms, body)

    def _anchor(self, box: Box, at_ms: int) -> Fact:
        lie = self._outages.lie(box.terminal, at_ms)
        step_ms = -box.off_ms if box.source is ClockSource.UNSET or abs(box.off_ms) > _STEPS_MS or lie else None
        source = ClockSource.GNSS if box.terminal.placement is Placement.CARRIED else ClockSource.NTP
        dice = self._chance.child(f"{box.terminal.number}/clock {box.seq}")
        box.source, box.off_ms, box.bound_ms = source, dice.between(-40, 40), dice.between(60, 250)
        if lie is not None:
            box.off_ms += lie.off_ms
            step_ms = (step_ms or 0) + box.off_ms
        reason = ClockReason.ANCHOR if step_ms is None else ClockReason.STEP
        wall_ms, bound_ms = box.wall_ms(at_ms), box.bound_ms
        return self._fact(
            box,
            at_ms,
            Clock(
                reason=reason,
                wall_ms=wall_ms,
                bound_ms=bound_ms,
                source=source,
                mono_ns=box.mono_ns(at_ms),
                step_ms=step_ms,
            ),
        )

    # -- what people do

    def _check(self, box: Box, act: Act, key: tuple[bytes, bytes], chance: Chance) -> list[Fact]:
        at_ms, terminal, visit = act.at_ms, act.terminal, act.visit
        elder = act.at or visit.elder
        card = reading.read(act.card, Copy.NONE, box.mono_ns(at_ms) - 900_000_000, chance)
        card_proof, _ = reading.proved(act.card, Copy.NONE, terminal, self.counters)
        repeated = box.repeats(key, at_ms)
        if repeated is not None:
            tap = Tap(reason=TapReason.REPEATED, token=card, refers_to=repeated)
            return [self._fact(box, at_ms, tap, {"caregiver": card_proof}, visit)]
        proofs, door, flags = {"caregiver": card_proof}, None, CheckFlag(0)
        if act.door is not None:
            door = reading.read(act.door, act.copy, box.mono_ns(at_ms) - 2_300_000_000, chance)
            proofs["door"], old = reading.proved(act.door, act.copy, terminal, self.counters)
            if old:
                visit.traces.add("counter_back")
            if terminal.place is not None and elder is not None and terminal.place is not elder.place:
                flags |= CheckFlag.FOREIGN_DOOR
        fix = self._look(box, act, at_ms, chance)
        direction, opened_by = box.direction(key, at_ms)
        body = Check(
            caregiver=card,
            direction=direction,
            placement=terminal.placement,
            mounting=terminal.mounting,
            flags=flags,
            door=door,
            fix=fix,
            opened_by=opened_by,
        )
        if direction is Direction.OUT and not visit.seen and act.at is None:
            visit.mistakes.add(Mistake.CARRIED_OVER)
        made = self._fact(box, at_ms, body, proofs, visit)
        box.checked(key, made.event.seq, at_ms, direction)
        if act.at is None:
            visit.first = visit.first or made.event
            visit.seen.append(at_ms)
        return [made]

    def _rating(self, box: Box, act: Act) -> list[Fact]:
        opened = next((seq for (card, _), (seq, _) in box.open.items() if card == act.card.uid), None)
        body = Rating(score=act.score, button=_BUTTONS[act.score], consent=False, refers_to=opened)
        return [self._fact(box, act.at_ms, body, None, act.visit)]

    def _take_back(self, box: Box, act: Act, key: tuple[bytes, bytes], chance: Chance) -> list[Fact]:
        """Let her hold the card there again, and again: repeated, then taken back."""
        first = self._check(box, act, key, chance)
        target = box.taken_back(key)
        if target is None:
            return first
        at_ms = act.at_ms + 4_000
        card = reading.read(act.card, Copy.NONE, box.mono_ns(at_ms) - 500_000_000, chance)
        proof, _ = reading.proved(act.card, Copy.NONE, act.terminal, self.counters)
        body = Undo(target, card, box.mono_ns(at_ms))
        return [*first, self._fact(box, at_ms, body, {"caregiver": proof}, act.visit)]

    def _no_check(self, box: Box, act: Act, chance: Chance) -> list[Fact]:
        """A card alone, or one that is no token: on record, and no check."""
        lone = act.deed is Deed.LONE
        read = reading.read if lone else reading.strange
        card = read(act.card, Copy.NONE, box.mono_ns(act.at_ms) - 900_000_000, chance)
        tap = Tap(reason=TapReason.LONE if lone else TapReason.UNKNOWN, token=card)
        proof, _ = reading.proved(act.card, Copy.NONE, act.terminal, self.counters) if lone else (None, False)
        return [self._fact(box, act.at_ms, tap, {"caregiver": proof} if proof else None, act.visit)]

    def _look(self, box: Box, act: Act | None, at_ms: int, chance: Chance) -> Fix | None:
        """Return what its receiver says; the truth of a visit is told of drift, of no fix, and of a fix elsewhere."""
        terminal = box.terminal
        if not terminal.receiver:
            return None
        away = box.spot or (act.spot if act else None)
        place = terminal.place or (act.visit.place if act else None)
        if away is None and place is None:
            return None
        jam = self._outages.jammed(place.region if place and away is None else None, at_ms)
        if jam is not None:
            seen = None
            if act is not None:
                act.visit.outages.add(jam.outage_id)
        elif away is not None:
            seen = sky.look(away, sky.elsewhere(chance), at_ms, self._rates, chance)
        else:
            seen = sky.look(place.spot, place.sky, at_ms, self._rates, chance) if place else None
        if act is not None:
            tell(act.visit, seen, away)
        return None if seen is None else seen.fix

    def _fact(
        self, box: Box, at_ms: int, body: Any, proofs: dict[str, Any] | None = None, visit: Witnessed | None = None
    ) -> Fact:
        event = box.write(at_ms, body)
        place = box.terminal.place or (visit.place if visit else None)
        sent_ms, met = self._outages.delivered(box.terminal, place.region if place else None, at_ms)
        latency_ms = 150 + (event.mono_ns // 1_000 + event.seq * 7_919) % 1_700
        received_ms = max(sent_ms + latency_ms, box.sent_ms)
        held_by = frozenset(one.outage_id for one in met)
        if sent_ms + latency_ms < box.sent_ms:
            held_by |= box.held_by  # it waits behind what was written before
        box.sent_ms, box.held_by = received_ms, held_by
        if visit is not None:
            visit.outages |= held_by
        return Fact(received_ms, event, proofs or {})
