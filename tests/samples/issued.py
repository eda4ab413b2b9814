"""Cards and tags as a writer leaves them, made straight into the folder that an emulator takes up (`--state`)."""

from pathlib import Path

from zhendao.protocol.cards import sun
from zhendao.protocol.cards.diversify import (
    CPU_ANSWER_KEY,
    CPU_APPLICATION,
    CPU_MASTER_KEY,
    CardKeys,
    Masters,
    card_keys,
)
from zhendao.protocol.cards.file_settings import FREE, AccessRights, CommMode, FileSettings, encode_settings
from zhendao.protocol.vocabulary import Technology
from zhendao.simulators.pn532.shelf import Shelf
from zhendao.simulators.pn532.tags.cpu.card import CpuCard
from zhendao.simulators.pn532.tags.cpu.folders import ANY, NEVER, TYPE_ENCRYPT, TYPE_OUTSIDE, File, Folder, Key
from zhendao.simulators.pn532.tags.ev2.card import Ev2Card
from zhendao.simulators.pn532.tags.ev2.ntag424 import NDEF, Ntag424
from zhendao.simulators.pn532.tags.ev2.store import CardKey

MASTERS = Masters(1, bytes(range(16)), bytes(range(16, 32)))
DYNAMIC, PLAIN, LOOP, CHALLENGE, LIVE = "dynamic", "plain", "loop", "challenge", "live"
UIDS = {
    DYNAMIC: bytes.fromhex("04424242424201"),
    PLAIN: bytes.fromhex("04424242424202"),
    LOOP: bytes.fromhex("04424242424203"),
    CHALLENGE: bytes.fromhex("04424242424204"),
    LIVE: bytes.fromhex("04424242424205"),
}
RECORD = b"R" * 133
"""Stands for a signed record where nobody looks into it."""


def keys_of(name: str, masters: Masters = MASTERS) -> CardKeys:
    """Return the keys of one of them."""
    technology = {CHALLENGE: Technology.CPU_CARD, LIVE: Technology.DESFIRE}.get(name, Technology.NTAG424)
    return card_keys(masters, technology, UIDS[name])


def issue(folder: Path, records: dict[str, bytes] | None = None, masters: Masters = MASTERS) -> None:
    """Put all of them into ``folder``: each with its record, of those given by name."""
    shelf = Shelf(folder)
    shelf.load()
    kinds = {DYNAMIC: "ntag424", PLAIN: "ntag424", LOOP: "ntag424tt", CHALLENGE: "cpucard", LIVE: "desfire"}
    for name, kind in kinds.items():
        shelf.define(name, kind, UIDS[name])
        tag, record = shelf.get(name), (records or {}).get(name, RECORD)
        keys = keys_of(name, masters)
        if isinstance(tag, CpuCard):
            _write_cpu_card(tag, keys, record)
        elif isinstance(tag, Ev2Card):
            tag.keys = [CardKey(keys[number], keys.version) for number in range(len(tag.keys))]
        if isinstance(tag, Ntag424):
            _write_ntag424(tag, record, writable=name != PLAIN)
    shelf.save()


def _write_cpu_card(card: CpuCard, keys: CardKeys, record: bytes) -> None:
    content = bytearray((len(record).to_bytes(2, "big") + record).ljust(256, b"\x00"))
    answer = Key(TYPE_ENCRYPT, ANY, NEVER, 0, 5, 5, keys[CPU_ANSWER_KEY])
    card.folders[0].keys[0] = Key(TYPE_OUTSIDE, ANY, 0xFF, 0x0F, 15, 15, keys[CPU_MASTER_KEY])
    card.folders.append(
        Folder(
            CPU_APPLICATION, keys={CPU_ANSWER_KEY: answer}, files={1: File(ANY, NEVER, secured=True, content=content)}
        )
    )


def _write_ntag424(tag: Ntag424, record: bytes, *, writable: bool) -> None:
    file = tag.files[NDEF]
    content = sun.ndef_file(record)
    file.content[: len(content)] = content
    settings = sun.sun_settings(tamper=tag.loop is not None)
    if not writable:
        settings = FileSettings(CommMode.PLAIN, AccessRights(FREE, 0, 0, 0), settings.sdm)
    file.settings = encode_settings(settings)
    if tag.loop is not None:
        tag.loop.enabled = True
