"""What people do to cases and corrections, each one act on the book, in the thread that ingests (`alerts.acting`).

Raises `CaseError`; then nothing was written. Corrected visits are drawn again right after. rule: EVIDENCE
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, select

from zhendao.gateway.cases import corrections, life, tasks
from zhendao.gateway.cases.casing import Casing
from zhendao.gateway.cases.corrections import Deed, Standing, Wanted
from zhendao.gateway.cases.errors import LockedError, NotNowError
from zhendao.gateway.cases.outages import Outage
from zhendao.gateway.cases.tasks import Refused, Tasks
from zhendao.gateway.cases.values import Act, Case, Change, Decision, Entry, Side
from zhendao.gateway.forward.notes import Owing, owes_nothing
from zhendao.gateway.ingest.orders import Commander
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.store.conclusions import visits
from zhendao.protocol.wording import Text

_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Clerk:
    """What acts need: the cases, the gateway's key that signs, and ``again``, which has a visit drawn again.

    ``owe``: owes platforms what a visit's record does not say.
    """

    casing: Casing
    commander: Commander
    again: Callable[[Connection, bytes], None]
    owe: Owing = owes_nothing

    def hear(self, number: int, side: Side, said: str, by: str, *, reached: bool) -> Callable[[Connection, Now], Case]:
        """Return the act by which ``by`` writes down what ``side`` said, or that it was not ``reached``."""

        def doing(connection: Connection, now: Now) -> Case:
            case = self.casing.book.get(connection, number)
            return self.casing.book.write(connection, life.heard(case, side, said, by, now.wall_ms, reached=reached))

        return doing

    def decide(
        self, number: int, decision: Decision, reason: str, memo: str, by: str
    ) -> Callable[[Connection, Now], Case]:
        """Return the act by which ``by`` decides case ``number``."""

        def doing(connection: Connection, now: Now) -> Case:
            case = self.casing.book.get(connection, number)
            corrected = _is_corrected(connection, case.visit_id)
            change = life.decided(case, decision, reason, memo, by, now.wall_ms, corrected=corrected)
            kinds = sorted(change.case.settled)
            said = {"what": "decision", "decision": decision.value, "reason": reason, "kinds": kinds}
            self.owe(connection, case.visit_id, said, now.wall_ms)
            return self.casing.book.write(connection, change)

        return doing

    def unlock(self, number: int, why: str, by: str) -> Callable[[Connection, Now], Case]:
        """Return the act by which the supervisors let the visit of case ``number`` be corrected after its time."""

        def doing(connection: Connection, now: Now) -> Case:
            case = self.casing.book.get(connection, number)
            if not why.strip():
                raise NotNowError(Text("须写明为何解锁", "say why it is unlocked"))
            until_ms = now.wall_ms + self.casing.table.unlock_days * _DAY_MS
            entry = Entry(Act.UNLOCKED, now.wall_ms, by, why)
            return self.casing.book.write(connection, Change(replace(case, unlocked_ms=until_ms), (entry,)))

        return doing

    def unlock_visit(self, visit_id: bytes, why: str, by: str) -> Callable[[Connection, Now], int]:
        """Return the act by which the supervisors let a visit be corrected after its time, though it has no case.

        It gives until when, UTC ms.
        """

        def doing(connection: Connection, now: Now) -> int:
            number = self.casing.book.number_of(connection, visit_id)
            if number is not None:
                unlocked_ms = self.unlock(number, why, by)(connection, now).unlocked_ms
                return now.wall_ms if unlocked_ms is None else unlocked_ms
            _witnessed(connection, visit_id, self.standing(connection))  # there is such a visit
            if not why.strip():
                raise NotNowError(Text("须写明为何解锁", "say why it is unlocked"))
            until_ms = now.wall_ms + self.casing.table.unlock_days * _DAY_MS
            self.casing.book.unlock(connection, visit_id, until_ms, Entry(Act.UNLOCKED, now.wall_ms, by, why))
            return until_ms

        return doing

    def propose(
        self, visit_id: bytes, times: tuple[int | None, int | None], reason: str, attested: str, memo: str, by: str
    ) -> Callable[[Connection, Now], Standing]:
        """Return the act that proposes begin and end (UTC ms; None: as witnessed) of a visit."""

        def doing(connection: Connection, now: Now) -> Standing:
            book = self.casing.book
            wanted = Wanted(
                visit_id, *times, _witnessed(connection, visit_id, self.standing(connection)), reason, attested
            )
            unlocked_ms = book.unlocked_ms(connection, visit_id)
            number = book.next_number(connection)
            deed = corrections.proposed(number, wanted, memo, by, now.wall_ms, unlocked_ms, self.casing.table)
            return self._keep(connection, deed, visit_id)

        return doing

    def answer(self, number: int, act: Act, memo: str, by: str) -> Callable[[Connection, Now], Standing]:
        """Return the act that approves, refuses or withdraws correction ``number``."""

        def doing(connection: Connection, now: Now) -> Standing:
            one = self.standing(connection).get(number)
            if one is None:
                raise NotNowError(Text(f"没有更正 {number}", f"there is no correction {number}"))
            deed = corrections.answered(one, act, by, memo, now.wall_ms)
            return self._keep(connection, deed, one.wanted.visit_id)

        return doing

    def outage(self, outage: Outage, by: str) -> Callable[[Connection, Now], None]:
        """Return the act that writes down an outage, and fills in the reason of the cases that it touched."""

        def doing(connection: Connection, now: Now) -> None:
            if outage.to_ms is not None and outage.to_ms <= outage.from_ms:
                raise NotNowError(Text("结束须晚于开始", "the end must be after the begin"))
            self.casing.book.enter_outage(connection, outage, by, now.wall_ms)
            self.casing.explain(connection, outage.device, now.wall_ms)

        return doing

    def tell_tasks(
        self, visit_id: bytes, done: Sequence[str], refused: Sequence[Refused], by: str
    ) -> Callable[[Connection, Now], list[Tasks]]:
        """Return the act that tells what was done in a visit and what was refused; it gives all that was told of it."""

        def doing(connection: Connection, now: Now) -> list[Tasks]:
            book, key, certificate_id = self.casing.book, self.commander.key, self.commander.certificate_id
            at_ms = _when_it_was(connection, visit_id)
            if now.wall_ms > max(
                corrections.deadline_ms(at_ms, self.casing.table), book.unlocked_ms(connection, visit_id) or 0
            ):
                raise LockedError
            one = tasks.told(visit_id, done, refused, by, now.wall_ms)
            document, signature = tasks.signed(one, key, certificate_id)
            book.keep_tasks(connection, one, (document, signature, key.suite.id, certificate_id))
            left = [[task.task, task.why] for task in one.refused]
            said = {"what": "tasks", "done": list(one.done), "refused": left}
            self.owe(connection, visit_id, said, now.wall_ms)
            return book.tasks(connection, visit_id)

        return doing

    def standing(self, connection: Connection) -> dict[int, Standing]:
        """Return how each correction stands."""
        return corrections.folded(one.deed for one in self.casing.book.deeds(connection))

    def _keep(self, connection: Connection, deed: Deed, visit_id: bytes) -> Standing:
        book, key = self.casing.book, self.commander.key
        document, signature = corrections.signed(deed, key, self.commander.certificate_id)
        book.keep(connection, deed, visit_id, (document, signature, key.suite.id, self.commander.certificate_id))
        case = book.number_of(connection, visit_id)
        if case is not None:
            said = f"{deed.number}" + (f": {deed.memo}" if deed.memo.strip() else "")
            book.note(connection, case, Entry(deed.act, deed.at_ms, deed.by, said))
        self.again(connection, visit_id)
        return self.standing(connection)[deed.number]


def _is_corrected(connection: Connection, visit_id: bytes) -> bool:
    """Tell whether a correction counts in what the visit says."""
    record = connection.execute(select(visits.c.record).where(visits.c.id == visit_id)).scalar()
    return record is not None and bool(record.get("correction", {}).get("counts"))


def _when_it_was(connection: Connection, visit_id: bytes) -> int:
    """Return when a visit was, UTC ms; of one that nobody can date, when it was last changed."""
    found = connection.execute(select(visits).where(visits.c.id == visit_id)).first()
    if found is None or found.state == "withdrawn":
        raise NotNowError(Text("没有这次上门", "there is no such visit"))
    return int(next(one for one in (found.begin_ms, found.end_ms, found.changed_ms) if one is not None))


def _witnessed(connection: Connection, visit_id: bytes, stand: Mapping[int, Standing]) -> tuple[int | None, int | None]:
    """Return begin and end of a visit as witnessed: those of a correction that counts are not."""
    found = connection.execute(select(visits).where(visits.c.id == visit_id)).first()
    if found is None or found.state == "withdrawn":
        raise NotNowError(Text("没有这次上门", "there is no such visit"))
    if found.record.get("profile") is not None:
        raise NotNowError(Text("住家服务一天一次证明，没有时间可更正", "one attestation a day has no times to correct"))
    told = found.record.get("correction")
    if told is None or not told["counts"]:
        return found.begin_ms, found.end_ms
    return stand[told["number"]].wanted.seen
