"""The kinds of way to a platform, and how one is made from its table: a new kind is a module and a line here.

Promise: the library of a kind is loaded only by a gateway whose settings name that kind.
"""

from zhendao.gateway.forward.connector import Connector
from zhendao.gateway.forward.settings import ForwardTable
from zhendao.gateway.forward.signing import Signer
from zhendao.gateway.keyring import read_token


def make_connector(table: ForwardTable, signer: Signer) -> Connector:
    """Return the way that ``table`` describes; nothing is connected yet. Raises `KeysError` for a token file."""
    from zhendao.gateway.forward.https import HttpsConnector  # noqa: PLC0415 - as promised

    token = read_token(table.token_file, "forward")
    return HttpsConnector(table.url, token=token, ca=table.ca, signer=signer if table.sign else None)
