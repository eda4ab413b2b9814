"""The spoken prompts as they are built, made once for as long as their sources stay the same."""

import fcntl
import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from zhendao.device.feedback.voice.prompts import script

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "deploy/voices/build.py"


def build(out: Path) -> None:
    """Make them all in ``out``."""
    subprocess.run([sys.executable, str(BUILD), "--out", str(out)], check=True, capture_output=True)


def built() -> Path:
    """Return a folder with ``zh/`` and ``en/``; it is shared, and not to be changed."""
    sources = [BUILD.read_bytes(), repr((script("zh"), script("en"))).encode()]
    sources += [one.read_bytes() for one in sorted((ROOT / "src/zhendao/device/feedback/voice").glob("*.py"))]
    name = hashlib.sha256(b"\0".join(sources)).hexdigest()[:16]
    home = Path(tempfile.gettempdir()) / f"zhendao-voices-{os.getuid()}"
    home.mkdir(mode=0o700, exist_ok=True)
    with (home / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / name).exists():
            build(home / name)
    return home / name
