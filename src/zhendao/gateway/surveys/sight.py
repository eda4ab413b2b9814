"""How much of the store a survey sees: what belongs to one caregiver, elder, home or terminal, around what changed.

Promise: whatever a survey can say of that key stands in what is returned, and only what lies ``within`` was seen whole.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from zhendao.gateway.ingest.terminals import Terminals
from zhendao.gateway.judging.told import Told
from zhendao.gateway.registry.snapshot import Registry
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.surveys.book import ALWAYS, Span
from zhendao.gateway.surveys.reading import VisitReader
from zhendao.gateway.surveys.replays import visits_before
from zhendao.gateway.surveys.scopes import Scope
from zhendao.gateway.surveys.telling import told_of
from zhendao.gateway.surveys.touched import Line
from zhendao.gateway.visits.judgement import Visit
from zhendao.protocol.vocabulary import Placement

DAY_MS: Final = 86_400_000
FOR_EVER_MS: Final = 2**62
_MONTH: Final = 31
_YEAR: Final = 366


@dataclass(frozen=True, slots=True)
class View:
    """What a survey sees.

    ``only``: of this visit alone something is asked. ``near``: visits of the same elder or caregiver that began in
    ``reach`` (UTC ms), whatever the survey asks of them.
    """

    visits: tuple[Visit, ...] = ()
    terminals: Mapping[bytes, Told] = field(default_factory=dict)
    within: Span = ALWAYS
    only: bytes | None = None
    near: tuple[Visit, ...] = ()
    reach: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Sight:
    """Reads views within one transaction. ``margin_ms``: as far as visits reach; ``back_ms``: habits begin there.

    ``key``: by which tags are found.
    """

    connection: Connection
    terminals: Terminals
    reader: VisitReader
    registry: Registry
    now_ms: int
    margin_ms: int
    back_ms: int
    key: StoreKey

    def of(self, line: Line) -> View:
        """Return what there is to see for ``line``."""
        seeing: dict[Scope, Callable[[Line], View]] = {
            Scope.CAREGIVER: self._caregiver,
            Scope.ELDER: self._elder,
            Scope.HOME: self._home,
            Scope.TERMINAL: self._terminal,
            Scope.STANDS: self._stands,
            Scope.SIGNS: self._signs,
            Scope.STRANGERS: self._strangers,
        }
        see = seeing.get(Scope(line.scope))
        return View() if see is None else see(line)

    def told(self, device: bytes, since_ms: int) -> Told:
        """Return what a terminal told, heard since then (UTC ms)."""
        return self._told(device, (since_ms, self.now_ms))

    def about(self, visit: Visit) -> tuple[Visit, ...]:
        """Return the visits that may confirm the place of ``visit``: those of its elder, and at its terminal."""
        since = self.back_ms, FOR_EVER_MS
        here = self.reader.of("terminal", bytes.fromhex(visit.record["device"]), *since, whole=False)
        if visit.elder_id is None:
            return here
        return (*here, *self.reader.of("elder", visit.elder_id, *since, whole=False))

    def _caregiver(self, line: Line) -> View:
        from_ms, to_ms = line.from_ms - self.margin_ms, line.to_ms + self.margin_ms
        around = from_ms - self.margin_ms, to_ms + self.margin_ms
        visits = self.reader.of("caregiver", line.key, *around, whole=True)
        return View(visits, within=Span(from_ms, to_ms), near=visits, reach=around)

    def _strangers(self, line: Line) -> View:
        """Return the visits at a terminal by cards that are nobody's."""
        from_ms, to_ms = line.from_ms - self.margin_ms, line.to_ms + self.margin_ms
        around = from_ms - self.margin_ms, to_ms + self.margin_ms
        visits = self.reader.of("terminal", bytes.fromhex(line.key), *around, whole=True)
        return View(tuple(one for one in visits if one.caregiver_id is None), within=Span(from_ms, to_ms))

    def _elder(self, line: Line) -> View:
        """Return the visits of the periods that the change is in; none where nothing is granted by hours."""
        from_ms, registry = line.from_ms - self.margin_ms, self.registry
        reach = from_ms - _MONTH * DAY_MS, FOR_EVER_MS
        visits = near = self.reader.of("elder", line.key, *reach, whole=False)
        periods = {
            granted.period
            for one in visits
            if one.at_ms is not None and (code := one.record["service"]) is not None
            if (granted := registry.standing.authorisation(line.key, code, one.at_ms)) is not None
        }
        if "year" in periods:
            visits = self.reader.of("elder", line.key, from_ms - _YEAR * DAY_MS, FOR_EVER_MS, whole=False)
        return View(visits if periods else (), within=Span(from_ms), near=near, reach=reach)

    def _home(self, line: Line) -> View:
        since_ms = min(self.back_ms, line.from_ms - DAY_MS)
        visits = self.reader.of("elder", line.key, since_ms, FOR_EVER_MS, whole=False)
        heard = (line.from_ms - 2 * DAY_MS, self.now_ms)
        homes = self.registry.terminals_of(line.key, self.now_ms)
        told = {one.device: self._told(one.device, heard) for one in homes if one.placement is Placement.HOME}
        return View(visits, told, Span(line.from_ms - DAY_MS))

    def _terminal(self, line: Line) -> View:
        device = bytes.fromhex(line.key)
        return View(terminals={device: self._told(device)})

    def _stands(self, line: Line) -> View:
        device = bytes.fromhex(line.key)
        visits = self.reader.of("terminal", device, self.back_ms, FOR_EVER_MS, whole=True)
        return View(visits, {device: self._told(device)})

    def _signs(self, line: Line) -> View:
        """Return a visit, and those that show what a counter of its tags should have been at least."""
        visit = self.reader.one(bytes.fromhex(line.key))
        if visit is None:
            return View()
        before = [self.reader.one(name) for name in visits_before(self.connection, self.key, visit)]
        return View((visit, *(one for one in before if one is not None)), only=visit.visit_id)

    def _told(self, device: bytes, heard: tuple[int, int] | None = None) -> Told:
        return told_of(self.connection, self.terminals.get(self.connection, device), heard)
