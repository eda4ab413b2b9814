"""The ports of a real terminal: the kernel's clock and randomness, the disk, MQTT, serial lines, the service manager.

Promise: the one place that knows which real thing stands behind each port (`ports`); it starts none of them.
"""

from __future__ import annotations

import asyncio
import os
import random
from functools import partial
from typing import TYPE_CHECKING

from zhendao.command.notify import Notifier, watchdog_s
from zhendao.device import config
from zhendao.device.care.speaking import speak
from zhendao.device.care.vitals import machine
from zhendao.device.clock.kernel import KernelClock
from zhendao.device.gnss.serial_source import SerialSource
from zhendao.device.identity.renewing import renew
from zhendao.device.journal.folder import DataFolder
from zhendao.device.link.address import Address
from zhendao.device.link.fleet import FILE as FLEET
from zhendao.device.link.fleet import Fleet
from zhendao.device.link.mqtt import MqttLink
from zhendao.device.ports import Ports
from zhendao.device.receiver_desk import kept, listening_settings, remembered
from zhendao.device.watching import Watch
from zhendao.readers.drivers import reader_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from zhendao.device.clock.kernel import Clock
    from zhendao.device.gnss.serial_source import Posted
    from zhendao.device.identity.values import Identity
    from zhendao.device.inputs.lines import Edge, Line, Lines
    from zhendao.device.link.postings import LinkPosting
    from zhendao.readers.challenger import Challenger
    from zhendao.readers.thread import ReaderThread
    from zhendao.readers.values import Posting

LOOK_S = 10.0
"""How often the sources of time and the machine's figures are looked at."""


def equipment(settings: config.DeviceSettings, who: Identity, identity_dir: Path, clock: Clock | None = None) -> Ports:
    """Return what a terminal works with; ``identity_dir`` holds the TLS files of the link.

    ``clock``: another one than the kernel's with the battery clock of ``[clock] rtc``.
    """
    folder = settings.terminal.data_dir
    clock = clock or KernelClock(settings.clock.rtc)
    watch = Watch(settings.watch, Notifier.of(os.environ), watchdog_s(os.environ), clock)
    return Ports(
        clock=clock,
        entropy=os.urandom,
        chance=random.random,
        folder=partial(DataFolder, folder),
        link=partial(_link, settings, who, identity_dir),
        reader=partial(_reader, settings.nfc),
        receiver=None if settings.gnss is None else partial(_receiver, settings.gnss, folder),
        machine=machine(folder),
        rest=_rest,
        watch=watch,
        speak=partial(speak, folder),
        renew=partial(renew, folder),
        lines=partial(_gpio, clock),
    )


def _rest() -> Awaitable[None]:
    return asyncio.sleep(LOOK_S)


def _link(
    settings: config.DeviceSettings,
    who: Identity,
    identity_dir: Path,
    post: Callable[[LinkPosting], None],
    state: Callable[[bool], bytes],
    alive: Callable[[], None],
) -> MqttLink:
    return MqttLink(
        Address.of(settings.broker.url, identity_dir),
        *(who.tenant, who.device, post, state, random.random, alive),
        fleet=Fleet(settings.terminal.data_dir / FLEET),
        keepalive_s=settings.uplink.keepalive_s,
        retry_s=settings.uplink.retry_s,
    )


def _reader(
    table: config.NfcTable, post: Callable[[Posting], None], alive: Callable[[], None], challenger: Challenger
) -> ReaderThread:
    return reader_thread(config.reader_settings(table), post, alive, challenger)


def _gpio(clock: Clock, post: Callable[[Edge], None], lines: tuple[Line, ...]) -> Lines:
    from zhendao.device.inputs.gpio import GpioLines  # noqa: PLC0415 - the pins' libraries, only where there are lines

    return GpioLines(post, lines, clock.mono_ns)


def _receiver(table: config.GnssTable, folder: Path, post: Callable[[Posted], None]) -> SerialSource:
    return SerialSource(
        *(str(table.port), table.baud, kept(folder, post)),
        remembered=remembered(folder),
        settings=listening_settings(table),
    )
