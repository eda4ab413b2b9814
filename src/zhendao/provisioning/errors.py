"""Everything that keeps an act of the authority from being done, as one tree. ``code`` is stable."""

from pathlib import Path

from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Text


class ProvisioningError(ZhendaoError):
    """Root of the errors of `zhendao.provisioning`."""

    code = "provisioning"


class FolderExistsError(ProvisioningError):
    """What is to be made is there already; nothing is ever overwritten."""

    code = "folder-exists"

    def __init__(self, folder: Path) -> None:
        super().__init__(
            Text(f"{folder} 已存在", f"{folder} exists already"),
            Text("请另选目录，或先移走它", "choose another folder, or move this one away"),
        )


class FolderUnusableError(ProvisioningError):
    """A file or folder cannot be read or written."""

    code = "folder-unusable"

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(Text(f"{path} 无法使用：{detail}", f"{path} cannot be used: {detail}"))


class FolderBusyError(ProvisioningError):
    """Another command works in the folder."""

    code = "folder-busy"

    def __init__(self, folder: Path) -> None:
        super().__init__(
            Text(f"另一条命令正在使用 {folder}", f"another command works in {folder}"),
            Text("请等它结束", "wait until it has ended"),
        )


class NoAuthorityError(ProvisioningError):
    """The folder is not one that `init` made, or something is missing from it."""

    code = "no-authority"

    def __init__(self, folder: Path, detail: str) -> None:
        super().__init__(
            Text(f"{folder} 不是发证机构目录：{detail}", f"{folder} is no authority folder: {detail}"),
            Text("请先运行 zhendao-provision init", "make one with zhendao-provision init"),
        )


class PassphraseError(ProvisioningError):
    """The passphrase is missing, too short, or not the one that the keys are encrypted with."""

    code = "passphrase"


class KeyFileError(ProvisioningError):
    """A key file is damaged or not in the form that is written here."""

    code = "key-file"

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(Text(f"密钥文件 {path}：{detail}", f"key file {path}: {detail}"))


class ApprovalError(ProvisioningError):
    """A terminal's request cannot be granted."""

    code = "approval"


class AnswerError(ProvisioningError):
    """A question of the guided installation had no usable answer."""

    code = "answer"
    exit_code = 2

    def __init__(self, name: str) -> None:
        super().__init__(
            Text(f"没有可用的回答：{name}", f"no usable answer: {name}"),
            Text("请重新运行 install，它会从这一步继续", "run install again: it goes on at this step"),
        )


class StepError(ProvisioningError):
    """A step of the guided installation failed; what the command behind it said is its text."""

    code = "install-step"
