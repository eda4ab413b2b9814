"""A link in a network of its own, whose addresses come and go: ``unshare -rn python network_process.py FOLDER``.

Nothing but what the kernel says of the network can wake it: every wait and the keepalive are an hour. One line of JSON
for each thing seen.
"""

import json
import queue
import signal
import subprocess
import sys
import time
from pathlib import Path

from zhendao.device.link import schedule
from zhendao.device.link.address import Address
from zhendao.device.link.mqtt import MqttLink
from zhendao.device.link.postings import Down, LinkPosting, Up

PATIENCE_S = 180
HOUR_S = 3600


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def main(folder: Path) -> None:
    """Play it."""
    ip("link", "set", "lo", "up")
    (folder / "mosquitto.conf").write_text("listener 1883 0.0.0.0\nallow_anonymous true\nuser root\n")
    with subprocess.Popen(["mosquitto", "-c", str(folder / "mosquitto.conf")], stderr=subprocess.DEVNULL) as broker:
        try:
            play(folder, broker)
        finally:
            broker.kill()


def play(folder: Path, broker: subprocess.Popen[bytes]) -> None:
    posted: queue.Queue[LinkPosting] = queue.Queue()

    def wait(kind: type[LinkPosting], what: str) -> None:
        while not isinstance(one := posted.get(timeout=PATIENCE_S), kind):
            pass
        sys.stdout.write(json.dumps({what: one.why.en if isinstance(one, Down) else ""}) + "\n")

    schedule.AWAY_S = schedule.LEAST_S = HOUR_S
    link = MqttLink(
        Address("10.9.0.1", 1883, tls=False, identity=folder),
        *("test", b"d" * 16, posted.put, lambda _online: b"state", lambda: 1.0),
        keepalive_s=HOUR_S,
        retry_s=HOUR_S,
    )
    link.start()
    wait(Down, "no address here")
    ip("addr", "add", "10.9.0.1/24", "dev", "lo")
    wait(Up, "an address came")
    broker.send_signal(signal.SIGSTOP)
    ip("addr", "add", "10.9.0.3/24", "dev", "lo")
    wait(Down, "the network changed, and nobody answers")
    broker.send_signal(signal.SIGCONT)
    ip("addr", "add", "10.9.0.4/24", "dev", "lo")
    wait(Up, "it changed again, and somebody does")
    ip("addr", "add", "10.9.0.5/24", "dev", "lo")
    time.sleep(2)  # longer than an answer is waited for
    assert posted.empty() or not any(isinstance(one, Down) for one in list(posted.queue)), "a change cost a good link"
    for number in (5, 4, 3, 1):
        ip("addr", "del", f"10.9.0.{number}/24", "dev", "lo")
    ip("addr", "add", "10.9.1.1/24", "dev", "lo")
    wait(Down, "its own address is gone")
    link.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
