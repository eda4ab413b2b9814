"""`conclusions-replay`: the gateway's conclusions are those that the same facts come to in an empty store.

Whatever order facts came in, whatever was killed between: pairing, dating and judgement depend on the facts, the
registry and the moment alone (promise 4).
"""

from typing import ClassVar

from zhendao.protocol.wording import Text
from zhendao.simulators.world.invariants.books import Books, Visited
from zhendao.simulators.world.invariants.invariant import Invariant


class ConclusionsReplay(Invariant):
    """Compares visits with visits, at the end."""

    name: ClassVar[str] = "conclusions-replay"
    says: ClassVar[Text] = Text(
        "结论与从事实重新推算的结果一致",
        "the conclusions equal those of a replay from the facts",
    )

    def end(self, books: Books) -> None:
        """Compare; without a replay nothing can be said."""
        if books.replayed is None:
            return
        stand, again = _standing(books.visits), _standing(books.replayed)
        for visit_id in sorted(stand.keys() | again.keys()):
            one, other = stand.get(visit_id), again.get(visit_id)
            if one is not None and other is not None and one.digest == other.digest:
                continue
            seen = one or other
            terminal = seen.terminal if seen is not None else -1
            what = ("重算没有", "the replay has none") if other is None else ("重算才有", "only the replay has it")
            if one is not None and other is not None:
                what = (f"{_said(one)} 对 {_said(other)}", f"{_said(one)} against {_said(other)}")
            self.broke(
                books.ended_ns, f"terminal {terminal}", f"上门 {visit_id.hex()[:8]} 与重算不同：{what[0]}",
                f"visit {visit_id.hex()[:8]} differs from its replay: {what[1]}",
            )  # fmt: skip
        for said in books.differs:
            self.broke(books.ended_ns, "gateway", f"与重算不同：{said}", f"stands otherwise than in the replay: {said}")


def _standing(visits: tuple[Visited, ...]) -> dict[bytes, Visited]:
    return {one.visit_id: one for one in visits if one.state != "withdrawn"}


def _said(visit: Visited) -> str:
    begin = visit.begin.seq if visit.begin is not None else "–"
    end = visit.end.seq if visit.end is not None else "–"
    return f"{visit.state} {begin}→{end} {sorted(visit.flags)}"
