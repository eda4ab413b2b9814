"""What the folder knows of the place of a terminal: `sites/DEVICE/`, as survey and acceptance left it.

For looking only: signatures are checked by `zhendao-verify`, not here; what cannot be read is not known.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zhendao.protocol.statement import STATEMENT_BYTES
from zhendao.provisioning.errors import FolderUnusableError
from zhendao.provisioning.folders import read_file
from zhendao.provisioning.site.shelf import SITE, SITES

ACCEPTANCES = "acceptance-*.json"


@dataclass(frozen=True, slots=True)
class Site:
    """Numbers of place and elder, and when and how the installation was accepted last; None where not known."""

    place: str | None = None
    elder: str | None = None
    accepted: str | None = None
    outcome: str | None = None


def site_of(authority: Path, device: str) -> Site:
    """Return what is known of the place of a terminal in the ``authority``'s folder."""
    folder = authority / SITES / device
    bound = _table(folder / SITE)
    found = [facts for path in folder.glob(ACCEPTANCES) if isinstance(facts := _table(path).get("facts"), dict)]
    dated = [(made_ms, facts) for facts in found if isinstance(made_ms := facts.get("made_ms"), int)]
    made_ms, latest = max(dated, key=lambda one: one[0], default=(None, {}))
    accepted = None if made_ms is None else time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(made_ms // 1000))
    return Site(_word(bound, "place"), _word(bound, "elder"), accepted, _word(latest, "outcome"))


def _word(table: dict[str, Any], name: str) -> str | None:
    found = table.get(name)
    return found if isinstance(found, str) else None


def _table(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(read_file(path, STATEMENT_BYTES))
    except (FolderUnusableError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
