"""The doctor's way to the broker, step by step: name, connection, TLS, and whether it lets this terminal in.

Only where no running terminal is connected: one certificate is one connection, and another one would end it.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
import ssl
import threading
from typing import TYPE_CHECKING

from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from zhendao.command.findings import bad, good
from zhendao.device.link.address import Address, explain, tls_context
from zhendao.device.link.paho_client import paho
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from typing import Any

    from zhendao.command.findings import Finding

PATIENCE_S = 5.0
PART = "broker"
_CURE = Text(
    "请检查网络、[broker] url 与防火墙；记录保存在本机，恢复后自动上传",
    "check the network, [broker] url and the firewall; events are kept here and sent once it is back",
)


def look(address: Address) -> Finding:
    """Try the whole way; return how far it goes."""
    try:
        _reach(address)
        reason = _enter(address)
    except (OSError, ValueError) as error:
        return bad(PART, explain(address, error), _CURE)
    where = f"{address.host}:{address.port}"
    if reason is None:
        return good(PART, f"消息代理 {where} 可达，允许本终端接入", f"the broker {where} is there and lets us in")
    return bad(
        PART,
        Text(f"消息代理 {where} 拒绝接入：{reason}", f"the broker {where} does not let us in: {reason}"),
        Text(
            "请检查终端的 TLS 证书与代理的访问控制", "check the terminal's TLS certificate and the broker's access list"
        ),
    )


def _reach(address: Address) -> None:
    """Connect, with TLS where it is used. Raises OSError."""
    with socket.create_connection((address.host, address.port), PATIENCE_S) as line:
        if address.tls:
            with tls_context(address.identity, timed=True).wrap_socket(line, server_hostname=address.host) as secured:
                secured.getpeercert()


def _enter(address: Address) -> str | None:
    """Say CONNECT; return why the broker refuses, None if it does not. Raises OSError."""
    answered, refusals = threading.Event(), list[str]()

    def on_connect(_client: Any, _data: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            refusals.append(str(reason))
        answered.set()

    client = paho.Client(
        CallbackAPIVersion.VERSION2,
        client_id=f"doctor-{secrets.token_hex(8)}",
        clean_session=True,
        protocol=MQTTProtocolVersion.MQTTv311,
    )
    if address.user:
        client.username_pw_set(address.user, address.password)
    if address.tls:
        client.tls_set_context(tls_context(address.identity, timed=True))
    client.on_connect = on_connect
    client.connect_timeout = PATIENCE_S
    client.connect(address.host, address.port)
    client.loop_start()
    try:
        if not answered.wait(PATIENCE_S):
            return refusals[0] if refusals else "CONNECT: no answer"
    finally:
        with contextlib.suppress(OSError, ssl.SSLError):
            client.disconnect()
        client.loop_stop()
    return refusals[0] if refusals else None
