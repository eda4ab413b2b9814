"""A report that somebody waits for, made in a process of its own and handed over in the form that was asked for.

Promise: the gateway neither waits for it nor grows by it, for the process gives way to whatever the gateway does; what
cannot be asked comes back as what is to be told; it ends with the gateway. rule: DAILY-RANK, PIPL
"""

import logging
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson

from zhendao.command.errors import UsageError
from zhendao.gateway.giving_way import giving_way
from zhendao.gateway.reports.asked import Asked
from zhendao.gateway.reports.errors import ReportError
from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from zhendao.gateway.reports.rules import Rules
    from zhendao.gateway.store.sealing import StoreKey

_LOG: Final = logging.getLogger(__name__)
_PROGRAM: Final = "from zhendao.gateway.reports.press import main; sys.exit(main(sys.argv[1]))"
LONGEST_S: Final = 600.0
"""No report of a city takes so long, whatever else the machine does."""


@dataclass(frozen=True, slots=True)
class Made:
    """A report in its form: what it is called, how many rows it has, and the file."""

    name: str
    rows: int
    content: bytes


@dataclass(frozen=True, slots=True)
class Refused:
    """What was asked cannot be made; ``code`` and ``what`` as an error has them."""

    code: str
    what: Text


class PressError(ReportError):
    """The process that was to make a report did not."""

    code = "report-failed"


class Press:
    """Has reports made by the settings in ``settings``, a file, as the command line makes them."""

    def __init__(self, settings: Path) -> None:
        self._settings = settings.absolute()
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def make(self, name: str, asked: Asked, form: str) -> Made | Refused:
        """Return report ``name`` as ``form``, one of `delivering.FORMS` without its dot. Raises `PressError`."""
        question = orjson.dumps({"name": name, "form": form, "asked": asdict(asked)})
        with self._lock:
            if self._stopped:
                raise _failed("stopping")
            try:
                process = giving_way([str(self._settings)], _PROGRAM, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            except OSError as error:
                raise _failed(str(error)) from error
            self._running.add(process)
        try:
            told, _ = process.communicate(question, LONGEST_S)
        except subprocess.TimeoutExpired as error:
            raise _failed(str(error)) from error
        finally:
            process.kill()  # of one that has ended nothing is left to end
            process.communicate()
            with self._lock:
                self._running.discard(process)
        if process.returncode != 0:
            raise _failed(f"exit code {process.returncode}")
        head, _, content = told.partition(b"\n")
        said = orjson.loads(head)
        if "code" in said:
            return Refused(said["code"], Text(said["zh"], said["en"]))
        return Made(said["name"], said["rows"], content)

    def stop(self) -> None:
        """End what is being made; from now on nothing is."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                process.kill()


def made_of(
    connection: "Connection", key: "StoreKey", rules: "Rules", name: str, asked: Asked, form: str
) -> Made | Refused:
    """Return report ``name`` of this moment of the store, as ``form``."""
    from zhendao.gateway.reports.delivering import FORMS  # noqa: PLC0415 - only the process that makes one pays for it
    from zhendao.gateway.reports.making import Source, make  # noqa: PLC0415 - as above

    try:
        report = make(name, Source(connection, key, rules, time.time_ns() // 1_000_000), asked)
        return Made(report.name, len(report.rows), FORMS[f".{form}"](report))
    except (UsageError, ReportError) as error:
        return Refused(error.code, error.what)


def main(settings: str) -> int:
    """Make the report that is asked for on the standard input; tell a line about it, or why there is none, and it."""
    from zhendao.gateway.config import read_config  # noqa: PLC0415 - as above
    from zhendao.gateway.reports.rules import rules_of  # noqa: PLC0415 - as above
    from zhendao.gateway.store.opening import opened  # noqa: PLC0415 - as above

    question = orjson.loads(sys.stdin.buffer.read())
    name, asked, form = question["name"], Asked(**question["asked"]), question["form"]
    try:
        config = read_config(Path(settings))
        with opened(config) as (store, key), store.reading() as connection:
            made = made_of(connection, key, rules_of(config), name, asked, form)
    except ZhendaoError as error:  # of the settings, the key or the store: nothing that whoever asks can mend
        sys.stderr.write(error.explain("en") + "\n")
        return 1
    head: dict[str, Any]
    if isinstance(made, Refused):
        head, content = {"code": made.code, "zh": made.what.zh, "en": made.what.en}, b""
    else:
        head, content = {"name": made.name, "rows": made.rows}, made.content
    sys.stdout.buffer.write(orjson.dumps(head) + b"\n" + content)
    sys.stdout.buffer.flush()
    return 0


def _failed(why: str) -> PressError:
    _LOG.warning("a report could not be made: %s", why)
    return PressError(
        Text("报表没有生成，见日志", "the report was not made, see the log"), Text("稍后再试", "try again later")
    )
