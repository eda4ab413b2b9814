"""Records in a format's words over any way that carries records: what each says is replaced, and nothing else."""

from collections.abc import Mapping, Sequence

import orjson

from zhendao.gateway.formats.ways.teller import Item, Teller
from zhendao.gateway.forward.connector import Connector
from zhendao.gateway.forward.notes import NOTE
from zhendao.gateway.forward.record import Answer, Letter, Verdict
from zhendao.gateway.forward.wanted import PASSED_OVER


class Shaped:
    """``way``, with what ``teller`` makes of each visit; a connector."""

    def __init__(self, teller: Teller, way: Connector) -> None:
        self._teller, self._way = teller, way

    @property
    def destination(self) -> str:
        """Return the name under which answers are kept."""
        return self._way.destination

    async def send(self, batch: Sequence[Letter], key: str) -> Mapping[str, Answer]:
        """Send what the format has of ``batch``; see `connector.Connector`."""
        items, answers = self._teller.items([one for one in batch if one.record.record_type != NOTE])
        # There a number orders what comes under one type and key: a visit told again as a note would be a second one.
        answers |= {one.record.idempotency_key: PASSED_OVER for one in batch if one.record.record_type == NOTE}
        going: list[Item] = []
        letters = []
        for item in items:
            said = self._teller.tell(item)
            if said.faults:
                answers[item.key] = self._teller.refused(said)
                continue
            going.append(item)
            rows = said.rows if self._teller.format.each is not None else said.rows[0]
            letters.append(Letter(item.letter.record, orjson.dumps(rows).decode()))
        if letters:
            given = dict(await self._way.send(letters, key))
            self._teller.note(one for one in going if _is_taken(given.get(one.key)))
            answers |= {name: self._anew(one) for name, one in given.items()}
        return answers

    def _anew(self, answer: Answer) -> Answer:
        if answer.verdict is not Verdict.REFUSED:
            return answer
        return self._teller.answer_of(answer.reason, answer.status)

    async def close(self) -> None:
        """Close the way."""
        await self._way.close()


def _is_taken(answer: Answer | None) -> bool:
    return answer is not None and answer.verdict is Verdict.TAKEN
