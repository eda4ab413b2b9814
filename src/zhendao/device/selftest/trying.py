"""The edge of the self-test: each part tried for real, on a thread that is left behind if it does not come back.

Promise: no part takes longer than its time, whatever hangs (a disk, a driver, a name service); what is tried leaves
nothing behind: the file on the disk is removed, the broker keeps no session.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
import threading
import time
from typing import TYPE_CHECKING, Any

from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from zhendao.device.link.address import explain, tls_context
from zhendao.device.link.paho_client import paho
from zhendao.device.selftest import judging
from zhendao.device.selftest.results import of_error, passed, trouble
from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.topics import Topic
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zhendao.device.identity.values import Identity
    from zhendao.device.link.address import Address
    from zhendao.device.selftest.results import Result

TRIAL_BYTES = 256 << 10
_FULL = {errno.ENOSPC, errno.EDQUOT}
_TRIAL = ".selftest"
_REFUSED = 0x80


def within(part: str, seconds: float, try_: Callable[[], Result]) -> Result:
    """Return what ``try_`` finds, or that it was not done within ``seconds``; its time is measured."""
    done: list[Result] = []

    def run() -> None:
        try:
            done.append(try_())
        except ZhendaoError as error:
            done.append(of_error(part, error))

    begun = time.monotonic()
    thread = threading.Thread(target=run, name=f"selftest-{part}", daemon=True)
    thread.start()
    thread.join(seconds)
    found = done[0] if done else trouble(part, "timed-out", part=part, seconds=round(seconds))
    return found.took(round(1000 * (time.monotonic() - begun)))


def disk(folder: Path) -> Result:
    """Write a file, force it to the disk, read it back past the cache where that can be, remove it."""
    content, path = os.urandom(TRIAL_BYTES), folder / _TRIAL
    try:
        free_mib = shutil.disk_usage(folder).free >> 20
        full = judging.room(free_mib)
        if full is not None:
            return full
        begun = time.monotonic()
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        took_ms = round(1000 * (time.monotonic() - begun))
        if path.read_bytes() != content:
            return trouble("disk", "disk-differs")
    except OSError as error:
        if error.errno in _FULL:
            return trouble("disk", "disk-full", free_mib=0)
        return trouble("disk", "disk-refused", detail=error.strerror)
    finally:
        with contextlib.suppress(OSError):
            path.unlink()
    return passed(
        "disk",
        Text(
            f"写入 256 KiB 用时 {took_ms} ms，剩余 {free_mib} MiB",
            f"256 KiB written in {took_ms} ms, {free_mib} MiB free",
        ),
        write_ms=took_ms,
        free_mib=free_mib,
    )


def key(who: Identity) -> Result:
    """Let the terminal's key sign, and check it. Raises `ZhendaoError` if the key does not answer."""
    word = secrets.token_bytes(32)
    begun = time.monotonic()
    holds = who.suite.verifying_key(who.key.spki).verify(word, who.key.sign(word))
    took_ms = round(1000 * (time.monotonic() - begun))
    if not holds:
        return trouble("key", "key-false")
    return passed("key", Text(f"签名 {took_ms} ms，有效", f"signs in {took_ms} ms, and it holds"), sign_ms=took_ms)


def broker(address: Address, who: Identity, patience_s: float) -> Result:
    """Connect as this terminal under a name of its own, ask for its messages, and measure the answer's way."""
    try:
        refusal, took_ms = _round_trip(address, str(Topic(who.tenant, who.device, "down")), patience_s)
    except (OSError, ValueError) as error:
        why = explain(address, error)
        return trouble("broker", "broker-unreachable", detail_zh=why.zh, detail_en=why.en)
    if refusal is not None:
        return trouble("broker", "broker-refused", detail=refusal)
    where = f"{address.host}:{address.port}"
    return passed(
        "broker", Text(f"{where} 往返 {took_ms} ms", f"{where}, there and back in {took_ms} ms"), round_trip_ms=took_ms
    )


def _round_trip(address: Address, topic: str, patience_s: float) -> tuple[str | None, int]:
    """Return why the broker refuses (None if it does not), and how long SUBSCRIBE took to be answered."""
    answered, refusals, times = threading.Event(), list[str](), dict[str, float]()

    def on_connect(client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            refusals.append(str(reason))
            answered.set()
        else:
            times["asked"] = time.monotonic()
            client.subscribe(topic, qos=1)

    def on_subscribe(_client: Any, _data: Any, _mid: Any, reasons: Any, _properties: Any) -> None:
        times["answered"] = time.monotonic()
        refusals.extend(str(one) for one in reasons if one.value >= _REFUSED)
        answered.set()

    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id=f"selftest-{secrets.token_hex(8)}",
        clean_session=True,
        protocol=MQTTProtocolVersion.MQTTv311,
    )
    if address.user:
        client.username_pw_set(address.user, address.password)
    if address.tls:
        client.tls_set_context(tls_context(address.identity, timed=True))
    client.on_connect, client.on_subscribe = on_connect, on_subscribe
    client.connect_timeout = patience_s
    client.connect(address.host, address.port)
    client.loop_start()
    try:
        if not answered.wait(patience_s):
            return "no answer", 0
    finally:
        with contextlib.suppress(OSError):
            client.disconnect()
        client.loop_stop()
    return (refusals[0] if refusals else None), round(1000 * (times.get("answered", 0) - times.get("asked", 0)))
