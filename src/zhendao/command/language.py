"""Which language a person is spoken to in.

Promise: `choose` never fails; an unknown ``--lang`` is reported later by the parser, in English or Chinese.
"""

import os
from collections.abc import Mapping, Sequence

from zhendao.protocol.wording import Language

LANGUAGES: tuple[Language, ...] = ("zh", "en")


def choose(argv: Sequence[str], environment: Mapping[str, str] | None = None) -> Language:
    """Return the language asked for by ``--lang zh|en``, else that of the locale (zh for any Chinese one), else en."""
    asked = _asked(argv)
    if asked is not None:
        return asked
    environment = os.environ if environment is None else environment
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "")
        if value:
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"


def _asked(argv: Sequence[str]) -> Language | None:
    found: Language | None = None
    for index, word in enumerate(argv):
        if word == "--":
            break
        if word == "--lang" and index + 1 < len(argv):
            value = argv[index + 1]
        elif word.startswith("--lang="):
            value = word.removeprefix("--lang=")
        else:
            continue
        for language in LANGUAGES:
            if value == language:
                found = language
    return found
