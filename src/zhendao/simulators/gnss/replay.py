"""A recorded receiver, cut into the epochs that it was sent in. Pure; its bytes go out as they are."""

import re

_TIME = re.compile(rb"^\$..(?:RMC|GGA|GNS|GLL|GST|ZDA),(\d{6}(?:\.\d+)?)?")
_FOREIGN = re.compile(rb"\A(?:#[^\n]*\n|\r?\n)+")


def epochs(recording: bytes) -> list[bytes]:
    """Cut where the time of the sentences changes; the comments that an archive put in front are left out."""
    out: list[bytes] = []
    current = b""
    time: bytes | None = None
    for line in _FOREIGN.sub(b"", recording).splitlines(keepends=True):
        match = _TIME.match(line)
        found = match[1] if match else None
        if found and time is not None and found != time:
            out.append(current)
            current = b""
        time = found or time
        current += line
    return [*out, current] if current else out
