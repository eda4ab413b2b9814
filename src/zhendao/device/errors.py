"""Everything that keeps a terminal from doing its work, as one tree. ``code`` is stable."""

from pathlib import Path

from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Text


class DeviceError(ZhendaoError):
    """Root of the errors of `zhendao.device`."""

    code = "device"


class AlreadyRunningError(DeviceError):
    """Another process holds the data folder: two writers would fork the journal."""

    code = "already-running"

    def __init__(self, folder: Path) -> None:
        super().__init__(
            Text(f"数据目录 {folder} 正被另一个 zhendao-device 使用", f"another zhendao-device uses {folder}"),
            Text("请先停止它，或改用别的 data_dir", "stop it, or take another data_dir"),
        )


class DataFolderError(DeviceError):
    """The data folder cannot be made or written."""

    code = "data-folder"

    def __init__(self, folder: Path, detail: str) -> None:
        super().__init__(
            Text(f"数据目录 {folder} 不能使用：{detail}", f"the data folder {folder} cannot be used: {detail}"),
            Text("请检查 [terminal] data_dir 及其权限", "check [terminal] data_dir and its permissions"),
        )


class DiskTooSmallError(DeviceError):
    """The disk of the data folder would never hold a journal and its reserve."""

    code = "disk-too-small"

    def __init__(self, folder: Path, size: int, least: int) -> None:
        super().__init__(
            Text(
                f"数据目录 {folder} 所在磁盘只有 {size >> 10} KiB，至少需要 {least >> 10} KiB",
                f"the disk of the data folder {folder} has {size >> 10} KiB, and {least >> 10} KiB are the least",
            ),
            Text("请把 [terminal] data_dir 放到更大的磁盘上", "put [terminal] data_dir on a larger disk"),
        )


class JournalError(DeviceError):
    """The journal did not take an event: the caregiver gets the bad signal."""

    code = "journal"


class JournalFullError(JournalError):
    """There is no room for an event; what is there stays, and is still sent and acknowledged."""

    code = "journal-full"

    def __init__(self, folder: Path) -> None:
        super().__init__(
            Text(f"磁盘已满，无法记录（{folder}）", f"the disk is full, nothing can be recorded ({folder})"),
            Text("请接通网络让记录上传，或腾出空间", "let the terminal reach its network, or free some space"),
        )


class JournalWriteError(JournalError):
    """The disk refused a write."""

    code = "journal-write"

    def __init__(self, detail: str) -> None:
        super().__init__(
            Text(f"日志写入失败：{detail}", f"the journal could not be written: {detail}"),
            Text("请更换存储卡", "change the memory card"),
        )


class SigningError(JournalError):
    """The terminal's key did not sign: a chip that does not answer. What is not signed is not journalled."""

    code = "signing"

    def __init__(self, detail: str) -> None:
        super().__init__(
            Text(f"签名密钥不可用：{detail}", f"the signing key cannot be used: {detail}"),
            Text(
                "请检查 TPM 芯片；若已更换，请重新注册终端",
                "check the TPM; if it was changed, enrol the terminal again",
            ),
        )


class JournalDamagedError(JournalError):
    """The journal does not hold what was written to it."""

    code = "journal-damaged"

    def __init__(self, detail: str) -> None:
        super().__init__(Text(f"日志已损坏：{detail}", f"the journal is damaged: {detail}"))
        self.detail = detail


class JournalForeignError(JournalError):
    """The journal belongs to another terminal, or was written by a newer release."""

    code = "journal-foreign"

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(
            Text(f"{path} 不是本终端的日志：{detail}", f"{path} is not this terminal's journal: {detail}"),
            Text("请检查 [terminal] data_dir", "check [terminal] data_dir"),
        )


class JournalOwnerError(JournalForeignError):
    """The journal names another terminal as its owner."""
