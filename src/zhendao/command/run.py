"""The outermost frame of every command: whatever happens inside ends as an exit code and a line for a person.

Promise: exit codes 0 done, 1 failed, 2 wrong use, 130 interrupted; no traceback reaches a screen.
An error that nobody foresaw is written to a file that only its owner can read, and the file is named.
"""

import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from zhendao.command.language import choose
from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Language, Text

FAILED = 1
INTERRUPTED = 130

Main = Callable[[list[str], Language], int]


def run(program: Main, argv: Sequence[str] | None = None) -> int:
    """Run ``program`` with ``argv`` (default: those of the process) and return the exit code of the process."""
    words = list(sys.argv[1:] if argv is None else argv)
    language = choose(words)
    try:
        code = program(words, language)
        sys.stdout.flush()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0 if stop.code is None else FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has left (`… | head`): nobody is there to be told, and Python must not try at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except ZhendaoError as error:
        _report(error, language, as_json="--json" in words)
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the promise above: nothing unforeseen reaches the screen as a traceback
        _report(_unforeseen(error), language, as_json="--json" in words)
        return FAILED
    return code


def _report(error: ZhendaoError, language: Language, *, as_json: bool) -> None:
    line = error.explain(language)
    if as_json:
        cure = None if error.cure is None else error.cure.in_(language)
        said = {"code": error.code, "what": error.what.in_(language), "cure": cure}
        line = json.dumps({"error": said}, ensure_ascii=False)
    sys.stderr.write(line + "\n")


def _unforeseen(error: Exception) -> ZhendaoError:
    name = type(error).__name__
    try:
        file = _write_traceback(error)
    except OSError:
        return ZhendaoError(
            Text(f"内部错误（{name}），且无法写入文件", f"internal error ({name}), no file could be written")
        )
    return ZhendaoError(Text(f"内部错误（{name}），详情写入 {file}", f"internal error ({name}), written to {file}"))


def _write_traceback(error: Exception) -> Path:
    import tempfile  # noqa: PLC0415 - with all that it loads it is for the day on which it is needed

    state = os.environ.get("XDG_STATE_HOME")
    folder = Path(state) / "zhendao" if state else Path(tempfile.gettempdir())
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix="zhendao-error-", suffix=".txt", dir=folder)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.writelines(traceback.format_exception(error))
    return Path(name)
