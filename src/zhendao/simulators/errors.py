"""What a simulator says when it is used wrongly. Faults that it plays are no errors: they are its work."""

from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Text


class SimulatorError(ZhendaoError):
    """Root of the errors of `zhendao.simulators`."""

    code = "simulator"


class OrderError(SimulatorError):
    """A line of a script or of standard input is not an order of this simulator."""

    code = "simulator-order"
    exit_code = 2

    def __init__(self, line: str, reason: Text) -> None:
        super().__init__(Text(f"无法执行“{line}”：{reason.zh}", f"cannot do {line!r}: {reason.en}"))
        self.reason = reason


class LinkError(SimulatorError):
    """The link to the pseudo-terminal cannot be made."""

    code = "simulator-link"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(
            Text(f"无法建立链接 {path}：{reason}", f"cannot make the link {path}: {reason}"),
            Text(
                "请换一个路径，或删除占用该路径的文件", "choose another path, or remove the file that is in its place"
            ),
        )


class ScriptError(SimulatorError):
    """The file that holds the orders cannot be read."""

    code = "simulator-script"
    exit_code = 2

    def __init__(self, path: object) -> None:
        super().__init__(Text(f"无法读取命令文件 {path}", f"the script {path} cannot be read"))
