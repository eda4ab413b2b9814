"""The kinds of way to a platform, and how one is made from its table: a new kind is a module and a line here.

Promise: the library of a kind is loaded only by a gateway whose settings name that kind.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from zhendao.gateway.forward.connector import Connector
from zhendao.gateway.forward.settings import ForwardTable
from zhendao.gateway.forward.signing import Signer
from zhendao.gateway.forward.wanted import Wanted
from zhendao.gateway.keyring import read_token
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.sealing import StoreKey

if TYPE_CHECKING:
    from zhendao.gateway.forward.local_folder import LocalFolder
    from zhendao.gateway.forward.sftp_folder import SftpFolder

BOOKS: Final = "forward"
"""The folder in ``data_dir`` in which ways remember what they must not do twice."""


def make_connector(
    table: ForwardTable, signer: Signer, data_dir: Path, of: tuple[Store, StoreKey, int] | None = None
) -> Connector:
    """Return the way that ``table`` describes; nothing is connected yet. Raises `KeysError` for a token file.

    ``of``: the store, its key and how far (ms) the local day is ahead of Greenwich's; without them no mapping can be
    carried out.
    """
    if table.format is not None and of is not None:
        from zhendao.gateway.formats.ways.making import make_told  # noqa: PLC0415 - as promised

        way = make_told(table, of, lambda: _way(table, signer, data_dir))
    else:
        way = _way(table, signer, data_dir)
    return way if table.types is None else Wanted(way, table.types)


def _way(table: ForwardTable, signer: Signer, data_dir: Path) -> Connector:
    match table.kind:
        case "file" | "sftp":
            return _drop(table, data_dir)
        case "nats":
            from zhendao.gateway.forward.jetstream import JetStream  # noqa: PLC0415 - as promised

            return JetStream(table.url, token=read_token(table.token_file, "forward"), ca=table.ca)
        case "kafka":
            from zhendao.gateway.forward.kafka import Kafka  # noqa: PLC0415 - as promised

            return Kafka(table.url, ca=table.ca)
        case _:
            from zhendao.gateway.forward.https import HttpsConnector  # noqa: PLC0415 - as promised

            token = read_token(table.token_file, "forward")
            return HttpsConnector(table.url, token=token, ca=table.ca, signer=signer if table.sign else None)


def _drop(table: ForwardTable, data_dir: Path) -> Connector:
    from zhendao.gateway.forward.drop import Drop, book_of  # noqa: PLC0415 - as promised

    place = place_of(table, table.url)
    return Drop(table.destination, place, table.form or "jsonl", book_of(data_dir / BOOKS, table.destination))


def place_of(table: ForwardTable, url: str) -> "LocalFolder | SftpFolder":
    """Return the folder at ``url``, reached as ``table`` says. Raises `KeysError` for a token file."""
    if table.kind == "file":
        from zhendao.gateway.forward.local_folder import LocalFolder  # noqa: PLC0415 - as promised

        return LocalFolder(Path(unquote(urlsplit(url).path)))
    from zhendao.gateway.forward.sftp_folder import Login, SftpFolder  # noqa: PLC0415 - as promised

    assert table.known_hosts is not None  # noqa: S101 - the settings were refused without it
    return SftpFolder(url, Login(table.known_hosts, table.key_file, read_token(table.token_file, "forward")))
