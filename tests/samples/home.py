"""One home for tests: broker, reader emulator, a real terminal process, and a gateway that speaks the protocol only."""

import contextlib
import json
import os
import queue
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from samples.pn532 import CARD, DOOR, Emulator
from zhendao.protocol.ack import Ack, Range, RangeState, Refusal, encode_ack
from zhendao.protocol.batch import Batch, decode_batch, decode_companion
from zhendao.protocol.event import Event, decode_event
from zhendao.protocol.proof import heads, own_signature_holds, verify_batch
from zhendao.protocol.seal import StartKeys, open_sealed, parse_sealed, unwrap_start
from zhendao.protocol.state import open_state, parse_state
from zhendao.protocol.suite import SM, Suite
from zhendao.protocol.token import sign_token
from zhendao.protocol.topics import Topic
from zhendao.protocol.vocabulary import Kind, Role
from zhendao.readers.ntag import write_ndef
from zhendao.readers.pn532_port import open_pn532
from zhendao.readers.token_record import token_message
from zhendao.simulators.loopback import free_port

PROCESS = Path(__file__).parent.parent / "integration" / "device" / "terminal_process.py"
PATIENCE_S = 180.0


@contextlib.contextmanager
def ended(process: subprocess.Popen[Any]) -> Iterator[None]:
    try:
        yield
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()


class Broker:
    """Mosquitto on a free port of loopback; it may be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.file = folder / "mosquitto.conf"
        self.file.write_text(f"listener {self.port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n")
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            ["mosquitto", "-c", str(self.file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.01)
        raise AssertionError("mosquitto does not listen")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@dataclass
class Identity:
    """The key material of one terminal, and of those who talk to it."""

    suite: Suite = SM
    placement: str = "HOME"
    mounting: str = "CRADLE"
    device: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    own_door: bytes | None = None

    def __post_init__(self) -> None:
        self.key = self.suite.new_signing_key()
        self.wrap = self.suite.new_unwrapping_key()
        self.issuer = self.suite.new_signing_key()
        self.gateway = self.suite.new_signing_key()
        self.certificate = secrets.token_bytes(300)

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        made = {
            "suite": self.suite.name,
            "placement": self.placement,
            "mounting": self.mounting,
            "device": self.device.hex(),
            "key": self.key.pkcs8().hex(),
            "certificate": self.certificate.hex(),
            "recipient": self.wrap.spki.hex(),
            "issuer": self.issuer.spki.hex(),
            "gateway": self.gateway.spki.hex(),
            "own_door": self.own_door.hex() if self.own_door is not None else None,
        }
        file = folder / "identity.json"
        file.write_text(json.dumps(made))
        return file

    def message(self, role: Role, uid: bytes) -> bytes:
        """Return the NDEF message that makes the tag ``uid`` a token, valid for ever."""
        record = sign_token(self.issuer, role, secrets.token_bytes(16), uid, 0, 1 << 40)
        return token_message(record)


class Gateway:
    """Proves, opens, keeps by identity, acknowledges; deaf while ``silent``. In memory: it speaks the protocol only."""

    def __init__(self, who: Identity, port: int) -> None:
        self.who, self.port = who, port
        self.silent = threading.Event()
        self.refuse: Callable[[Batch, bytes], Refusal | None] = lambda _batch, _digest: None
        self.on_question: Callable[[bytes], bytes | None] = lambda _question: None
        self.events: dict[tuple[bytes, int], Event] = {}
        self.heads: dict[tuple[bytes, int], bytes] = {}
        self.keys: dict[tuple[bytes, int], StartKeys] = {}
        self.newest: StartKeys | None = None
        self.duplicates = 0
        self.ends: dict[bytes, int] = {}
        self.allow_forks = False
        self.states: list[bool] = []
        self.problems: list[str] = []
        self.changed = threading.Condition()
        self.verifying = who.suite.verifying_key(who.key.spki)
        self.client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"gateway-{secrets.token_hex(4)}")
        self.client.on_socket_open = lambda _c, _d, line: line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.client.reconnect_delay_set(1, 1)
        self.client.on_connect = lambda client, *_rest: client.subscribe("zd/1/test/#", qos=1)
        self.client.on_message = self._on_message
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def wait(self, good: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
        with self.changed:
            assert self.changed.wait_for(good, seconds), (sorted((s for _, s in self.events)), self.problems)

    def of_kind(self, kind: Kind) -> list[Event]:
        """Return the events of ``kind``, in order; epochs in the order in which they were heard of."""
        epochs = list(dict.fromkeys(epoch for epoch, _ in self.events))
        found = sorted(self.events.items(), key=lambda one: (epochs.index(one[0][0]), one[0][1]))
        return [event for _, event in found if event.kind == kind]

    def _on_message(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        try:
            if message.topic.endswith(("/up", "/sos")) and not self.silent.is_set():
                self._up(bytes(message.payload))
            elif message.topic.endswith("/state"):
                self._state(bytes(message.payload))
            elif message.topic.endswith("/ask") and (said := self.on_question(bytes(message.payload))) is not None:
                self.client.publish(str(Topic("test", self.who.device, "down")), said, qos=0)
        except Exception as error:  # noqa: BLE001 - a test reads it
            self.problems.append(repr(error))
        with self.changed:
            self.changed.notify_all()

    def _state(self, payload: bytes) -> None:
        sealed = parse_state(payload)
        boot = decode_batch(sealed.boot)
        verify_batch(boot, self.verifying)
        keys = unwrap_start(self.who.wrap, boot.items[0].sealed, self.who.device, sealed.epoch, sealed.start)
        self._learn(keys)
        self.states.append(open_state(self.who.suite, keys, sealed).online)

    def _learn(self, keys: StartKeys) -> None:
        """Take the start heard of last for the newest, unless it is an older one of the same epoch.

        After a fork two have the same number.
        """
        if self.keys.get((keys.epoch, keys.start)) == keys:
            return
        self.keys[keys.epoch, keys.start] = keys
        if self.newest is None or self.newest.epoch != keys.epoch or self.newest.start <= keys.start:
            self.newest = keys

    def _up(self, payload: bytes) -> None:
        batch, digest = decode_batch(payload), self.who.suite.hash(payload)
        refusal = self.refuse(batch, digest)
        if refusal is not None:
            self._answer(batch, (), (refusal,))
            return
        for one in batch.companions:
            boot = decode_companion(one, batch)
            verify_batch(boot, self.verifying)
            self._keep(boot, heads(boot))
        found = verify_batch(batch, self.verifying)
        self._keep(batch, found)
        self._answer(batch, (Range(batch.first, batch.last, RangeState.COMMITTED, found[-1]),), ())

    def _keep(self, batch: Batch, found: tuple[bytes, ...]) -> None:
        suite = self.who.suite
        for index, (item, head) in enumerate(zip(batch.items, found, strict=True)):
            seq = batch.first + index
            place = (batch.epoch, seq)
            if place in self.heads:
                assert self.allow_forks or self.heads[place] == head, f"a fork at {seq}"
                self.duplicates += 1
                continue
            parts = parse_sealed(item.sealed, seq)
            if parts.wraps:
                self._learn(unwrap_start(self.who.wrap, item.sealed, self.who.device, batch.epoch, seq))
            plaintext, commitment = open_sealed(suite, self.keys[batch.epoch, parts.start], seq, item.sealed)
            assert commitment == item.commitment
            event = decode_event(plaintext)
            if event.kind in {Kind.CHECK, Kind.BOOT}:
                assert own_signature_holds(batch, index, head, self.verifying)
            self.heads[place], self.events[place] = head, event

    def _answer(self, batch: Batch, ranges: tuple[Range, ...], refusals: tuple[Refusal, ...]) -> None:
        if self.newest is None:
            return
        end = self.ends.get(batch.epoch, 0)
        while (batch.epoch, end + 1) in self.heads:
            end += 1
        self.ends[batch.epoch] = end
        held = self.heads[batch.epoch, end] if end else bytes(32)
        key = (self.newest.epoch, self.newest.start)
        now_ms = time.time_ns() // 1_000_000
        ack = Ack(self.who.device, batch.epoch, key, ranges, end, held, refusals, secrets.token_bytes(16), now_ms)
        if not end:
            ack = Ack(self.who.device, batch.epoch, key, ranges, 0, self._genesis(batch), refusals, bytes(16), now_ms)
        topic = str(Topic("test", self.who.device, "down"))
        self.client.publish(topic, encode_ack(self.who.suite, self.newest.mac_key, ack), qos=1)

    def _genesis(self, batch: Batch) -> bytes:
        from zhendao.protocol.ledger import genesis  # noqa: PLC0415 - a detail of this helper

        return genesis(self.who.suite, batch.device, batch.epoch)


class Terminal:
    """The real agent as a process; its signals as they come. ``within``: words before the command, as `unshare`."""

    def __init__(
        self,
        config: Path,
        identity: Path,
        process: Path = PROCESS,
        words: Sequence[str] = (),
        within: Sequence[str] = (),
    ) -> None:
        self.signals: list[dict[str, Any]] = []
        self._coming: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.process = subprocess.Popen(
            [*within, sys.executable, "-W", "error", str(process), str(config), str(identity), *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "LC_ALL": "C.UTF-8", "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with contextlib.suppress(ValueError):
            for line in self.process.stdout:
                self._coming.put(json.loads(line))
        self._coming.put(None)

    def next(self, moment: str, seconds: float = PATIENCE_S) -> dict[str, Any]:
        """Return the next signal of ``moment``, whatever comes before it."""
        until = time.monotonic() + seconds
        while True:
            try:
                one = self._coming.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {moment}; {[s['moment'] for s in self.signals]}") from None
            if one is None:
                self._coming.put(None)
                raise AssertionError(f"it ended, and no {moment}; {[s['moment'] for s in self.signals]}")
            self.signals.append(one)
            if one["moment"] == moment:
                return one

    def any(self, seconds: float = PATIENCE_S) -> dict[str, Any]:
        """Return the next signal, whatever it is."""
        one = self._coming.get(timeout=seconds)
        assert one is not None, "it ended"
        self.signals.append(one)
        return self.signals[-1]

    def drain(self) -> list[dict[str, Any]]:
        """Return every signal so far."""
        with contextlib.suppress(queue.Empty):
            while (one := self._coming.get_nowait()) is not None:
                self.signals.append(one)
        return self.signals

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> tuple[int, float, str]:
        """End it by SIGTERM; return its exit code, how long it took, and what it wrote for people."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(180)
        assert self.process.stderr is not None
        return code, time.monotonic() - begun, self.process.stderr.read()


class Home:
    """All of it. ``tap`` presents a tag and takes it away again."""

    def __init__(self, folder: Path, who: Identity | None = None, **tables: str) -> None:
        self.folder, self.who = folder, who or Identity()
        self.stack = contextlib.ExitStack()
        self.data = folder / "data"
        self.config = folder / "device.toml"
        self.tables = tables
        self.terminal: Terminal

    def __enter__(self) -> Self:
        self.broker = Broker(self.folder)
        self.stack.callback(self.broker.kill)
        self.gateway = Gateway(self.who, self.broker.port)
        self.stack.callback(self.gateway.close)
        self.emulator = self.stack.enter_context(Emulator(self.folder / "reader", "--state", str(self.folder / "tags")))
        self.emulator.tags()
        self._write_tags()
        self.identity = self.who.write(self.folder / "identity")
        self.config.write_text(
            f'[terminal]\ndata_dir = "{self.data}"\n[nfc]\ndriver = "pn532"\nport = "{self.emulator.link}"\n'
            f'[broker]\nurl = "mqtt://127.0.0.1:{self.broker.port}"\n'
            f"[session]\n{self.tables.get('session', '')}\n[uplink]\nanswer_s = 1\n"
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stack.close()

    def launch(self) -> Terminal:
        """Start the terminal, whatever becomes of it."""
        self.terminal = Terminal(self.config, self.identity)
        self.stack.enter_context(ended(self.terminal.process))
        return self.terminal

    def start(self) -> Terminal:
        """Start the terminal and wait until it can be tapped."""
        self.launch()
        self.terminal.next("ready")
        return self.terminal

    def tap(self, *tags: str) -> None:
        for tag in tags:
            self.emulator.do(f"present {tag}")
            self.terminal.next({"door": "door-seen", "card": "card-seen"}[tag] if tag == tags[0] else "checked-in")
            self.emulator.do(f"remove {tag}")

    def _write_tags(self) -> None:
        reader = open_pn532(str(self.emulator.link))
        for tag, role, uid in (("door", Role.DOOR, DOOR), ("card", Role.CAREGIVER, CARD)):
            self.emulator.do(f"present {tag}")
            write_ndef(reader, uid, self.who.message(role, uid))
            self.emulator.do(f"remove {tag}")
        reader.close()
