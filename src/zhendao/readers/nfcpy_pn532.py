"""nfcpy's PN532 driver without the rest of nfcpy: `pn532` is its module ``nfc.clf.pn532``.

The package loads tags, peer-to-peer, handover, libusb and a search for libcrypto (a quarter of a second, by a compiler
where there is one) before its first line of driver; a terminal uses none of it.
"""

from typing import Any

from zhendao.command.sparing import load

pn532: Any = load(
    "nfc.clf.pn532",
    without=("nfc.tag", "nfc.dep", "nfc.llcp", "nfc.snep", "nfc.handover", "usb1", "serial.tools.list_ports"),
)
