"""The identity that enrolment left in ``data_dir/identity``: the authority's answer and the terminal's own key.

Who may be believed stands in the answer, which the issuing authority signed and enrolment checked against its root. An
expired certificate is no reason to stop recording (promise: flag, don't block).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.device.errors import DeviceError
from zhendao.device.identity.keystore import find_key
from zhendao.device.identity.papers import Papers
from zhendao.protocol.enrolment import open_answer
from zhendao.protocol.errors import ProtocolError
from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from pathlib import Path

    from zhendao.device.identity.values import Identity


class NotEnrolledError(DeviceError):
    """The terminal has no identity yet."""

    code = "not-enrolled"

    def __init__(self, folder: Path) -> None:
        super().__init__(
            Text(f"终端尚未注册（{folder} 中没有身份）", f"this terminal is not enrolled (no identity in {folder})"),
            Text(
                "请先运行 zhendao-device enrol，并由机构批准",
                "run zhendao-device enrol, and have the authority approve it",
            ),
        )


class IdentityError(DeviceError):
    """The identity is there and cannot be used."""

    code = "identity"

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(
            Text(f"身份文件 {path} 不能使用：{detail}", f"{path} cannot be used: {detail}"),
            Text("请重新注册终端", "enrol the terminal again"),
        )


def load(folder: Path) -> Identity:
    """Return the identity in ``folder``. Raises `NotEnrolledError`, `IdentityError`, `KeyStoreError`, `TpmError`."""
    return read(folder).identity()


def read(folder: Path) -> Papers:
    """Return what ``folder`` holds, checked, as plain values. Raises what `load` raises."""
    path = folder / "answer.cbor"
    try:
        answer = open_answer(path.read_bytes())
    except FileNotFoundError as error:
        raise NotEnrolledError(folder) from error
    except OSError as error:
        raise IdentityError(path, error.strerror or type(error).__name__) from error
    except ProtocolError as error:
        raise IdentityError(path, error.detail) from error
    place = find_key(folder)
    if place.open(answer.suite).spki != answer.certificate.spki:
        raise IdentityError(folder, "the terminal's key is not that of its certificate")
    return Papers(
        suite=answer.suite.name,
        device=answer.device,
        tenant=answer.tenant,
        key=place,
        certificate=answer.certificate.der,
        certificate_id=answer.certificate.id,
        recipients=(answer.gateway_wrap.spki, answer.escrow_wrap.spki),
        issuers=tuple(one.spki for one in answer.token_issuers),
        gateway=answer.gateway.spki,
        placement=int(answer.placement),
        mounting=int(answer.mounting),
        own_door=answer.door,
    )
