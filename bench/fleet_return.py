"""A fleet that has lost its broker comes back: what one return costs Mosquitto, and how many come in which second.

Measured: processor time of Mosquitto for one terminal's return (TLS 1.3 with both certificates, CONNECT with the will,
subscription, retained state), so how many a second one core greets. Simulated with the terminal's own schedule: 100,000
terminals that lose the broker at the same moment; "before" is a doubling wait from half a second.
`python bench/fleet_return.py [--returns N] [--terminals N] [--json]`.
"""

import argparse
import json
import os
import socket
import ssl
import sys
import tempfile
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))  # the broker and the fleet that the tests use

from footprint import ticks

from samples.fleet import come_back
from samples.tls import Authority, TlsBroker
from zhendao.command.output import table
from zhendao.device.link.schedule import CAP_S, Ending

WORKERS = 4
STATE_BYTES = 1200


def main() -> None:
    """Measure, simulate and print."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--returns", type=int, default=1200)
    arguments.add_argument("--terminals", type=int, default=100_000)
    arguments.add_argument("--json", action="store_true")
    chosen = arguments.parse_args()
    cost_s = cost_of_a_return(chosen.returns)
    rows = simulate(chosen.terminals, 1 / cost_s)
    if chosen.json:
        print(json.dumps({"broker_ms_per_return": round(cost_s * 1000, 2), "fleet": rows}))
        return
    print(f"one return costs Mosquitto {cost_s * 1000:.2f} ms of a core: {1 / cost_s:,.0f} a second\n")
    table(list(rows[0]), [list(row.values()) for row in rows])


def simulate(count: int, per_s: float) -> list[dict[str, object]]:
    """Return a row for each case."""
    rows = []
    for case, away_s, silent in (("restarted at once", 1.0, False), ("refuses a minute", 60.0, False),
                                 ("silent a minute", 60.0, True)):  # fmt: skip
        for name, cap_s, window in (("before", CAP_S, doubling), ("30 s", CAP_S, None), ("200 s", 200.0, None)):
            more = {} if window is None else {"window": window}
            quick = come_back(count, away_s=away_s, per_s=1e9, cap_s=cap_s, silent=silent, **more)
            slow = come_back(count, away_s=away_s, per_s=per_s, cap_s=cap_s, silent=silent, **more)
            rows.append({
                "broker": case,
                "retry_s": name,
                "ideal/s": round(count / cap_s),
                "peak/s": quick.peak,
                "all in, s": quick.inside_after_s(count),
                f"99 % in at {per_s:.0f}/s, s": slow.inside_after_s(count * 99 // 100),
                "greetings in vain": slow.given_up,
            })  # fmt: skip
    return rows


def doubling(_ending: Ending, tries: int, _fleet: int | None, cap_s: float) -> float:
    """Return the window that doubles from half a second, whatever has happened."""
    return min(cap_s, 0.5 * 2 ** min(tries, 16))


def cost_of_a_return(count: int) -> float:
    """Return the seconds of a core that Mosquitto spends on one of ``count`` returns."""
    with tempfile.TemporaryDirectory() as name:
        folder, authority = Path(name), Authority()
        authority.write(folder / "id", "tls", "a" * 32)
        with TlsBroker(folder / "broker", authority) as broker:
            context = ssl.create_default_context(cafile=str(folder / "id/tls-ca.crt"))
            context.minimum_version = ssl.TLSVersion.TLSv1_3
            context.load_cert_chain(folder / "id/tls.crt", folder / "id/tls.key")
            workers = [
                threading.Thread(target=come, args=(context, broker.port, f"{one}-{{}}", count // WORKERS))
                for one in range(WORKERS)
            ]
            busy = ticks(broker.process.pid)
            for one in workers:
                one.start()
            for one in workers:
                one.join()
            busy = ticks(broker.process.pid) - busy
    return busy / os.sysconf("SC_CLK_TCK") / (count // WORKERS * WORKERS)


def come(context: ssl.SSLContext, port: int, name: str, count: int) -> None:
    """Return to the broker ``count`` times, as so many terminals."""
    for number in range(count):
        client = name.format(number).encode()
        topic, state = b"zd/1/t/aa/" + client, os.urandom(STATE_BYTES)
        line = socket.create_connection(("127.0.0.1", port))
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with context.wrap_socket(line, server_hostname="127.0.0.1") as secure:
            will = field(topic + b"/state") + field(state)
            secure.sendall(packet(0x10, field(b"MQTT") + b"\x04\x2e\x00\x0f" + field(client) + will))
            assert secure.recv(4)[:1] == b"\x20"
            subscribe = packet(0x82, b"\x00\x01" + field(topic + b"/down") + b"\x01")
            secure.sendall(subscribe + packet(0x33, field(topic + b"/state") + b"\x00\x02" + state))
            got = b""
            while len(got) < 9:  # SUBACK and PUBACK
                got += secure.recv(100)
            secure.sendall(b"\xe0\x00")


def field(content: bytes) -> bytes:
    """Return an MQTT field: two bytes of length before it."""
    return len(content).to_bytes(2, "big") + content


def packet(kind: int, content: bytes) -> bytes:
    """Return an MQTT packet."""
    left, length = len(content), b""
    while True:
        left, low = divmod(left, 128)
        length += bytes([low | (0x80 if left else 0)])
        if not left:
            return bytes([kind]) + length + content


if __name__ == "__main__":
    main()
