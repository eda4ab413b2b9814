"""A TPM 2.0 in software (swtpm) for tests, reached through the environment as tpm2-tools expect it."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from zhendao.simulators.loopback import free_ports

MISSING = shutil.which("swtpm") is None or shutil.which("tpm2_sign") is None


@contextmanager
def chip(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Run a chip with its state in ``folder``; give its port."""
    port = free_ports(2)  # tpm2-tools expect the control channel at the next
    state = folder / "chip"
    state.mkdir()
    channels = ["--server", f"type=tcp,port={port}", "--ctrl", f"type=tcp,port={port + 1}"]
    flags = ["--flags", "not-need-init,startup-clear", "--daemon", "--pid", f"file={folder / 'pid'}"]
    subprocess.run(["swtpm", "socket", "--tpm2", "--tpmstate", f"dir={state}", *channels, *flags], check=True)
    monkeypatch.setenv("TPM2TOOLS_TCTI", f"swtpm:host=127.0.0.1,port={port}")
    yield port
    subprocess.run(["kill", (folder / "pid").read_text().strip()], check=False)
