"""One running gateway for one folder and one store file: a second one, started by mistake, ends at once.

Promise: what holds is let go by the end of the process, however it ends; two gateways would hand the same records over
twice and push each other out of their broker. Commands that look or change something beside a running gateway are none.
"""

import fcntl
import os
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from zhendao.gateway.errors import GatewayError
from zhendao.protocol.wording import Text

ENDING: Final = ".running"


class RunningError(GatewayError):
    """Another gateway runs here."""

    code = "gateway-running"

    def __init__(self, where: Path) -> None:
        """Keep what the other one holds."""
        super().__init__(
            Text(f"已有一个网关在使用 {where}", f"another gateway runs on {where}"),
            Text(
                "先停止它；第二个网关须有自己的 data_dir 与 store",
                "end it; a second one needs a data_dir and a store of its own",
            ),
        )


def hold(data_dir: Path, store_url: str) -> list[int]:
    """Hold folder and store for this process until it ends; return the descriptors.

    Raises `RunningError`, and `GatewayError` where no file can be written.
    """
    database = make_url(store_url).database if store_url.startswith("sqlite") else None
    held: list[int] = []
    for path in (data_dir / "gateway", *([Path(database)] if database else [])):
        beside = path.with_name(path.name + ENDING)
        try:
            held.append(os.open(beside, os.O_RDWR | os.O_CREAT, 0o600))
            fcntl.flock(held[-1], fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            for one in held:
                os.close(one)
            if isinstance(error, BlockingIOError):
                raise RunningError(path) from None
            raise GatewayError(
                Text(f"{beside} 无法写入：{error.strerror}", f"{beside} cannot be written: {error.strerror}"),
                Text("检查该文件夹的属主与权限", "check owner and permissions of its folder"),
            ) from error
    return held
