"""What can go wrong between the outbox and a platform.

Promise: none of these loses a record. A `LinkError` says nothing about the records: they are sent again with the same
keys. A `BatchRefusedError` is about what was sent: the batch is split until the record at fault stands alone.
"""

from pathlib import Path

from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Text


class ForwardError(ZhendaoError):
    """Forwarding cannot go on as it is."""

    code = "forward"


class LinkError(ForwardError):
    """No usable answer came; what was sent may or may not have arrived."""

    code = "forward-link"

    def __init__(self, detail: str, retry_after_ms: int = 0) -> None:
        """Keep ``detail`` for people and the wait that the platform asked for (ms, 0 when it asked for none)."""
        super().__init__(
            Text(f"平台没有给出可用的应答：{detail}", f"the platform gave no usable answer: {detail}"),
            Text("将以同一幂等键重发，无需处理", "it will be sent again under the same key; nothing to do"),
        )
        self.detail = detail
        self.retry_after_ms = retry_after_ms


class BatchRefusedError(ForwardError):
    """The platform refused the request as a whole because of what it holds."""

    code = "forward-refused"

    def __init__(self, status: int, detail: str) -> None:
        """Keep the HTTP ``status`` and the platform's words."""
        super().__init__(
            Text(f"平台拒收（{status}）：{detail}", f"refused by the platform ({status}): {detail}"),
            Text("查看死信清单中的原因", "see the reason in the list of dead letters"),
        )
        self.status = status
        self.detail = detail


class NoRecordError(ForwardError):
    """Nothing of this number was ever owed."""

    code = "forward-no-record"

    def __init__(self, number: int) -> None:
        """Keep the number asked for."""
        super().__init__(
            Text(f"没有编号为 {number} 的记录", f"there is no record {number}"),
            Text("编号见 zhendao-gateway forward ls", "for numbers see zhendao-gateway forward ls"),
        )


class DropBookError(ForwardError):
    """What files have appeared is written in a book that cannot be read."""

    code = "forward-book"

    def __init__(self, book: Path) -> None:
        """Keep which file it is."""
        super().__init__(
            Text(f"文件交换的记录 {book} 无法读取", f"the book of files handed over, {book}, cannot be read"),
            Text(
                "恢复该文件；如删除它，最后一批记录可能会重复出现在新文件中",
                "restore it; without it the last batch may appear in a second file",
            ),
        )
