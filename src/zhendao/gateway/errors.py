"""Errors of the gateway: one small tree, each with what happened and what to do.

A message that cannot be taken is not an error of the gateway: it ends as a refusal with a reason (`ingest.refusal`).
"""

from zhendao.protocol.errors import ZhendaoError


class GatewayError(ZhendaoError):
    """Root of what the gateway raises itself."""

    code = "gateway"


class StoreError(GatewayError):
    """The store did not take what was to be written; nothing of it was acknowledged."""

    code = "store"


class RowRefusedError(GatewayError):
    """A row broke a rule of the schema: a fault of what was to be written, not of the store."""

    code = "store-row"


class StoreFullError(StoreError):
    """The disk under the store is full."""

    code = "store-full"


class KeysError(GatewayError):
    """A key or certificate file of the gateway is missing or cannot be used."""

    code = "keys"


class BrokerError(GatewayError):
    """The broker cannot be reached, or refused this gateway."""

    code = "broker"
