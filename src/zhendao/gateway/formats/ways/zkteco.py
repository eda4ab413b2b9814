"""The way to a server of attendance terminals (ZKTeco PUSH, iclock): each check is a line of ATTLOG.

Promise: a line is sent until the server has said OK and not again after; before a terminal's first line the server is
asked for its options, as a terminal does; what the server commands is answered and not done: we are no terminal.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from zhendao.gateway.formats.ways.http import Http, Reply
from zhendao.gateway.formats.ways.teller import Item, Teller
from zhendao.gateway.formats.writing import as_lines
from zhendao.gateway.forward.errors import LinkError
from zhendao.gateway.forward.record import Answer, Letter, Verdict
from zhendao.gateway.forward.told import Told

PUNCH: Final = "punch"
_OK: Final = 200
_UNKNOWN: Final = 403
"""What a server says of a terminal that nobody registered there; the others go on."""
_PUSH_VERSION: Final = "2.4.1"
_NOT_DONE: Final = -1
"""What a terminal returns for a command that it does not know."""
_MOST_COMMANDS: Final = 100


class Zkteco:
    """A connector to one server."""

    def __init__(self, teller: Teller, http: Http) -> None:
        self._teller, self._http = teller, http
        self._serial = teller.format.service["serial"]
        self._again_ms = teller.again_ms
        self._greeted: set[str] = set()

    @property
    def destination(self) -> str:
        """Return the name under which answers are kept."""
        return self._teller.destination

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def send(self, batch: Sequence[Letter], key: str) -> Mapping[str, Answer]:
        """Send the checks of ``batch`` that were not sent before; see `connector.Connector`."""
        del key
        items, answers = self._teller.items(batch)
        by_serial: dict[str, list[tuple[str, dict[str, Any]]]] = {}
        going: dict[str, tuple[Item, set[str]]] = {}
        for item in items:
            said = self._teller.tell(item)
            if said.faults:
                answers[item.key] = self._teller.refused(said)
                continue
            going[item.key] = item, {row[self._serial] for row in said.rows}
            for call, row in zip(item.dossier.lists["calls"], said.rows, strict=True):
                by_serial.setdefault(row[self._serial], []).append((call["item.id"], row))
        stamp = max((item.letter.record.id for item, _ in going.values()), default=0)
        refused = {}
        for serial, punches in by_serial.items():
            if (why := await self._push(serial, punches, stamp)) is not None:
                refused[serial] = Answer(Verdict.ANEW, str(_UNKNOWN), f"{serial}: {why}", again_ms=self._again_ms)
        taken = []
        for name, (item, serials) in going.items():
            held = next((refused[one] for one in sorted(serials) if one in refused), None)
            answers[name] = held or Answer(Verdict.TAKEN, "accepted", receipt=f"Stamp={stamp}")
            taken += [] if held else [item]
        self._teller.note(taken)
        return answers

    async def _push(self, serial: str, punches: Sequence[tuple[str, dict[str, Any]]], stamp: int) -> str | None:
        """Send what is new of one terminal; return why the server does not want it, None where it took it."""
        known = self._teller.known(PUNCH, (who for who, _ in punches))
        new = {who: row for who, row in punches if who not in known}
        if not new:
            return None
        if serial not in self._greeted:
            reply = await self._http.ask("GET", "/iclock/cdata", params=_greeting(serial))
            if reply.status == _UNKNOWN:
                return reply.text[:200]
            _said(reply, "GET OPTION FROM")
            self._greeted.add(serial)
        lines = as_lines(self._teller.format, list(new.values()), self._serial)
        where = {"SN": serial, "table": "ATTLOG", "Stamp": str(stamp)}
        reply = await self._http.ask("POST", "/iclock/cdata", params=where, content=lines, form="text/plain")
        if reply.status == _UNKNOWN:
            return reply.text[:200]
        _said(reply, "OK")
        self._teller.keep([Told(PUNCH, who, stamp, 1) for who in new])
        await self._obey(serial)
        return None

    async def _obey(self, serial: str) -> None:
        """Answer what the server commands: that it was not done."""
        reply = await self._http.ask("GET", "/iclock/getrequest", params={"SN": serial})
        for line in reply.text.splitlines()[:_MOST_COMMANDS]:
            _, number, command = (*line.split(":", 2), "", "")[:3]
            if line.startswith("C:") and number:
                said = f"ID={number}&Return={_NOT_DONE}&CMD={command.split(' ')[0]}\n".encode()
                await self._http.ask(
                    "POST", "/iclock/devicecmd", params={"SN": serial}, content=said, form="text/plain"
                )


def _greeting(serial: str) -> dict[str, str]:
    return {"SN": serial, "options": "all", "language": "83", "pushver": _PUSH_VERSION}


def _said(reply: Reply, word: str) -> None:
    if reply.status != _OK:
        raise reply.says_nothing()
    if not reply.text.lstrip().startswith(word):
        raise LinkError(f"HTTP {reply.status} {reply.text[:80]!r} where {word} was expected")
