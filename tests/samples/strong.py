"""Cards with keys, as they are after writing: made in memory, or as files in the state folder of an emulator."""

import json
from pathlib import Path

from zhendao.protocol.cards.diversify import CPU_ANSWER_KEY, CPU_APPLICATION, CardKeys, Masters, card_keys
from zhendao.protocol.cards.file_settings import NOBODY, AccessRights, CommMode, FileSettings, encode_settings
from zhendao.protocol.cards.sun import ndef_file, sun_settings
from zhendao.protocol.vocabulary import Technology
from zhendao.readers.cards import read_card
from zhendao.readers.challenger import Challenger
from zhendao.readers.reader import Target
from zhendao.readers.values import Presence
from zhendao.simulators.pn532.air import Tag
from zhendao.simulators.pn532.tags.cpu.card import CpuCard
from zhendao.simulators.pn532.tags.cpu.folders import ANY, NEVER, TYPE_ENCRYPT, File, Folder, Key
from zhendao.simulators.pn532.tags.ev2.desfire import Desfire
from zhendao.simulators.pn532.tags.ev2.ntag424 import NDEF, Ntag424
from zhendao.simulators.pn532.tags.ev2.store import CardKey
from zhendao.simulators.pn532.tags.ev2.tamper import Loop
from zhendao.simulators.pn532.tags.isodep import IsoDep

MASTERS = Masters(1, b"aes masters here", b"sm4 masters here")
FILE_BYTES = 512


def ntag424(uid: bytes, record: bytes, *, loop: bool = False, writable: bool = True) -> Ntag424:
    """Return an NTAG 424 DNA with its keys and mirrors; not ``writable``: it refuses the challenge."""
    tag = Ntag424(uid, loop=Loop(enabled=True) if loop else None)
    keys = keys_of(Technology.NTAG424, uid)
    tag.keys = [CardKey(keys[number], keys.version) for number in range(len(tag.keys))]
    settings = sun_settings(tamper=loop)
    if not writable:
        rights = AccessRights(read=settings.rights.read, write=NOBODY, read_write=0, change=0)
        settings = FileSettings(CommMode.PLAIN, rights, settings.sdm)
    tag.files[NDEF].content[:] = ndef_file(record).ljust(len(tag.files[NDEF].content), b"\x00")
    tag.files[NDEF].settings = encode_settings(settings)
    tag.reset()
    return tag


def cpu_card(uid: bytes, record: bytes) -> CpuCard:
    """Return a CPU card with our application, its token and its answer key."""
    card = CpuCard(uid)
    value = keys_of(Technology.CPU_CARD, uid)[CPU_ANSWER_KEY]
    key = Key(TYPE_ENCRYPT, ANY, NEVER, 0, 15, 15, value)
    content = bytearray(len(record).to_bytes(2, "big") + record).ljust(FILE_BYTES, b"\x00")
    card.folders.append(
        Folder(CPU_APPLICATION, keys={CPU_ANSWER_KEY: key}, files={1: File(ANY, NEVER, secured=False, content=content)})
    )
    return card


def desfire(uid: bytes, record: bytes) -> Desfire:
    """Return a card like DESFire EV2 with our application."""
    card = Desfire(uid)
    keys = keys_of(Technology.DESFIRE, uid)
    card.keys = [CardKey(keys[number], keys.version) for number in range(len(card.keys))]
    content = len(record).to_bytes(2, "big") + record
    card.files[1].content[: len(content)] = content
    return card


def keys_of(technology: Technology, uid: bytes) -> CardKeys:
    """Return the keys of one card."""
    return card_keys(MASTERS, technology, uid)


def shelve(folder: Path, name: str, kind: str, tag: Tag) -> None:
    """Put ``tag`` where an emulator that is started with ``--state folder`` takes it up."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps({"kind": kind, "uid": tag.uid.hex(), **tag.kept()}))


class Held:
    """As much of a reader as a conversation needs, with ``tag`` directly behind it."""

    def __init__(self, tag: IsoDep) -> None:
        self.tag = tag
        self.target = Target(1, tag.uid, 0x0344, tag.sak)

    def transceive(self, target: Target, apdu: bytes) -> bytes:
        assert target is self.target
        return self.tag.apdu(apdu)

    def presence(self, challenger: Challenger, mono_ns: int, *, again: bool = False) -> Presence:
        """Return what a reader thread posts of the tag."""
        self.tag.reset()
        card = read_card(self, self.target, challenger)  # type: ignore[arg-type]  # as the class says
        return Presence(
            *(self.tag.uid, card.technology, card.message, (900,), mono_ns, card.evidence),
            again=again,
            healed=card.healed,
        )
