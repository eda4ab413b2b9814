"""What is kept of an installation between two calls of `install`: `install.json` beside `device.toml`.

Promise: the file is there whole or not at all after a power cut at any moment, and holds no secret (a code typed in, a
passphrase). A damaged file is no end: it is set aside and the steps find out anew what is done already.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from zhendao.protocol.wording import Text
from zhendao.provisioning.folders import SECRET, read_file, write_file
from zhendao.provisioning.guide.journey import Journey, Outcome, Stand

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from zhendao.provisioning.guide.journey import Step

FILE = "install.json"
_VERSION = 1
_MOST_BYTES = 262_144
_SECONDS = 1 << 40


def keep(path: Path, journey: Journey) -> None:
    """Write how ``journey`` stands. Raises `FolderUnusableError`."""
    stands = {name: _raw(stand) for name, stand in journey.stands.items()}
    content = json.dumps({"version": _VERSION, "steps": stands}, ensure_ascii=False, indent=1)
    write_file(path, content.encode() + b"\n", SECRET)


def take_up(path: Path, steps: Sequence[Step]) -> tuple[Journey, Path | None]:
    """Return the journey as it was kept, or a new one, and where a file that nobody can read was put.

    A step that this version does not know is forgotten; one that it does is open. Raises `FolderUnusableError` if the
    file is there and cannot be read or set aside.
    """
    if not path.exists():
        return Journey(steps, {}), None
    try:
        content = json.loads(read_file(path, _MOST_BYTES))
        if content["version"] != _VERSION:
            raise ValueError(content["version"])  # noqa: TRY301 - one way out for every damage
        names = {step.name for step in steps}
        stands = {name: _stand(raw) for name, raw in content["steps"].items() if name in names}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        aside = path.with_suffix(".damaged")
        path.replace(aside)
        return Journey(steps, {}), aside
    return Journey(steps, stands), None


def _raw(stand: Stand) -> dict[str, Any]:
    raw: dict[str, Any] = {"outcome": stand.outcome.value, "at_s": stand.at_s, "seconds": stand.seconds}
    if stand.found is not None:
        raw["found"] = dict(stand.found)
    if stand.problem is not None:
        raw["problem"] = [stand.problem.zh, stand.problem.en]
    return raw


def _stand(raw: Mapping[str, Any]) -> Stand:
    found, problem = raw.get("found"), raw.get("problem")
    if found is not None and not all(isinstance(one, str) for pair in found.items() for one in pair):
        raise TypeError("found")
    if problem is not None:
        zh, en = problem
        problem = Text(str(zh), str(en))
    return Stand(Outcome(raw["outcome"]), _whole(raw["at_s"]), _whole(raw["seconds"]), found, problem)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _SECONDS:
        raise ValueError(value)
    return value
