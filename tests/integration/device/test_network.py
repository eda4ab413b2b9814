"""The terminal's own network comes, goes and changes: the link knows it from the kernel, and waits for no timer."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.device.link.network import messages

PROCESS = Path(__file__).parent / "network_process.py"
OWN = ["unshare", "--user", "--map-root-user", "--net"]


def test_a_network_that_comes_wakes_the_link_and_one_that_changed_is_asked_whether_it_still_carries(
    tmp_path: Path,
) -> None:
    if subprocess.run([*OWN, "true"], check=False, capture_output=True).returncode:
        pytest.skip("a network of its own needs a privilege that this run does not have")
    done = subprocess.run(
        [*OWN, sys.executable, str(PROCESS), str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    assert done.returncode == 0, done.stderr
    seen = [next(iter(json.loads(line).items())) for line in done.stdout.splitlines()]
    assert [what for what, _ in seen] == [
        "no address here",
        "an address came",
        "the network changed, and nobody answers",
        "it changed again, and somebody does",
        "its own address is gone",
    ]
    assert "unreachable" in seen[0][1]
    assert "no answer" in seen[2][1]


@given(st.binary(max_size=200))
def test_any_bytes_of_the_kernel_end(data: bytes) -> None:
    assert sum(len(body) + 16 for _, body in messages(data)) <= len(data)
