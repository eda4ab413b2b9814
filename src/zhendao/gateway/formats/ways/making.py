"""The way that a table of the settings describes, where it is told in a format's words.

Promise: nothing is connected yet; a mapping that is wrong was refused when the settings were read.
"""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from zhendao.gateway.formats.shipped import mapping_of
from zhendao.gateway.formats.ways.exchange import Exchange
from zhendao.gateway.formats.ways.http import Http
from zhendao.gateway.formats.ways.sandata import Sandata
from zhendao.gateway.formats.ways.shaped import Shaped
from zhendao.gateway.formats.ways.teller import Teller
from zhendao.gateway.formats.ways.zkteco import Zkteco
from zhendao.gateway.forward.connector import Connector
from zhendao.gateway.forward.settings import ForwardTable
from zhendao.gateway.forward.ways import place_of
from zhendao.gateway.keyring import read_token
from zhendao.gateway.registry.current import Current
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.sealing import StoreKey

POLL_S: Final = 300
"""Between looks for a result, where nothing is said."""
ANSWER_S: Final = 21_600
"""So long is a result waited for before it is told that there is none."""


def make_told(table: ForwardTable, of: tuple[Store, StoreKey, int], plain: Callable[[], Connector]) -> Connector:
    """Return the way of ``table``; ``plain`` makes one that carries records. Raises `KeysError` for a token file.

    ``of``: the store, its key, and how far (ms) the local day is ahead of Greenwich's.
    """
    assert table.format is not None  # noqa: S101 - asked of a table that names one
    mapping = mapping_of(table.format).with_own(dict(table.own))
    store, store_key, offset_ms = of
    ordered = table.kind in {"https", "sandata"}
    again_ms, registry = table.again_s * 1000, Current(store_key)
    teller = Teller(store, store_key, mapping, table.destination, again_ms, registry, offset_ms, ordered)
    poll_s, answer_s = table.poll_s or POLL_S, table.answer_s or ANSWER_S
    if table.kind == "https":
        return Shaped(teller, plain())
    if table.kind in {"file", "sftp"}:
        inbox = None if table.responses is None else place_of(table, _beside(table.url, table.responses))
        place = place_of(table, table.url)
        return Exchange(teller, place, inbox, poll_s=poll_s, answer_s=answer_s, test=table.test)
    account = {"Account": mapping.own["account"]} if mapping.own.get("account") else {}
    http = Http(table.url, secret=read_token(table.token_file, "forward"), ca=table.ca, headers=account)
    if table.kind == "sandata":
        return Sandata(teller, http, poll_s=poll_s, answer_s=answer_s)
    return Zkteco(teller, http)


def _beside(url: str, folder: str) -> str:
    """Return ``url`` with another folder: an absolute one, or one beside its own."""
    parts = urlsplit(url)
    path = folder if folder.startswith("/") else f"{parts.path.rstrip('/').rpartition('/')[0]}/{folder}"
    return parts._replace(path=path).geturl()
