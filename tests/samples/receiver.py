"""The simulated receiver for tests: `zhendao-sim gnss`, a process of its own, given orders."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any


class Simulator:
    def __init__(self, link: Path, *arguments: str, first: str = "") -> None:
        command = "from zhendao.simulators.cli import main; raise SystemExit(main())"
        self.process = subprocess.Popen(
            [sys.executable, "-c", command, "gnss", "--link", str(link), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        if first:
            assert self.process.stdin is not None
            self.process.stdin.write(first + "\n")
            self.process.stdin.flush()
        self.ready = self.answer()
        assert not first or self.answer()["done"] == first

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "the simulator ended"
        value: dict[str, Any] = json.loads(line)
        return value

    def order(self, line: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.answer()

    def end(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(180)
        for stream in (self.process.stdin, self.process.stdout):
            assert stream is not None
            stream.close()
        return code
