"""The spoken prompts as they are built, made once for as long as their sources stay the same."""

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from zhendao.device.feedback.voice.prompts import limit_s, script
from zhendao.device.feedback.voice.sounds import RATE
from zhendao.protocol.wording import Language

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "deploy/voices/build.py"
LANGUAGES: tuple[Language, Language] = ("zh", "en")


def build(out: Path) -> None:
    """Make them all in ``out``."""
    subprocess.run([sys.executable, str(BUILD), "--out", str(out)], check=True, capture_output=True)


def built() -> Path:
    """Return a folder with ``zh/`` and ``en/``; it is shared, and not to be changed."""
    named = [(name, text, limit_s(name)) for one in LANGUAGES for name, text in script(one).items()]
    sources = [BUILD.read_bytes(), repr((named, RATE)).encode()]
    name = hashlib.sha256(b"\0".join(sources)).hexdigest()[:16]
    home = Path(tempfile.gettempdir()) / f"zhendao-voices-{os.getuid()}"
    home.mkdir(mode=0o700, exist_ok=True)
    with (home / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / name).exists():
            build(home / name)
    return home / name
