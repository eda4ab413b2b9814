"""What can keep the demo from being played. What the platform lacks in the end is a result, not an error."""

from zhendao.protocol.wording import Text
from zhendao.simulators.errors import SimulatorError


class DemoError(SimulatorError):
    """The demo could not be set up or went on too long."""

    code = "demo"


class ChildError(DemoError):
    """A process of the demo ended when it should not have, or failed at its task. ``said`` is its last word."""

    code = "demo-process"

    def __init__(self, name: str, code: int | None, said: str) -> None:
        last = said.strip().splitlines()[-1] if said.strip() else ""
        super().__init__(
            Text(f"进程 {name} 退出（退出码 {code}）：{last}", f"the process {name} ended (exit code {code}): {last}")
        )
        self.said = said


class LateError(DemoError):
    """Something that was waited for did not come."""

    code = "demo-late"

    def __init__(self, what: Text, seconds: float) -> None:
        super().__init__(
            Text(f"等了 {seconds:g} 秒，没有等到：{what.zh}", f"waited {seconds:g} s in vain for: {what.en}")
        )


def first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """Return one of several errors that were raised side by side, most often for one reason."""
    inner = group.exceptions[0]
    return first(inner) if isinstance(inner, BaseExceptionGroup) else inner
