"""What may be wrong with an act on an alert: each says who has it, or what to do instead."""

from zhendao.gateway.errors import GatewayError
from zhendao.protocol.wording import Text


class AlertError(GatewayError):
    """An act on an alert cannot be done."""

    code = "alert"


class NoAlertError(AlertError):
    """There is no alert of this number."""

    code = "alert-unknown"

    def __init__(self, number: int) -> None:
        super().__init__(
            Text(f"没有告警 {number}", f"there is no alert {number}"),
            Text("见 zhendao-gateway alerts ls", "see zhendao-gateway alerts ls"),
        )


class TakenError(AlertError):
    """Somebody else has it already."""

    code = "alert-taken"

    def __init__(self, number: int, by: str) -> None:
        super().__init__(
            Text(f"告警 {number} 已由 {by} 接手", f"alert {number} is already with {by}"),
            Text(f"与 {by} 联系", f"speak to {by}"),
        )


class ClosedError(AlertError):
    """It was ended before."""

    code = "alert-closed"

    def __init__(self, number: int, by: str) -> None:
        super().__init__(
            Text(f"告警 {number} 已由 {by} 结束", f"alert {number} was ended by {by}"),
            Text("新的呼叫会成为新的告警", "a new call becomes a new alert"),
        )


class BusyError(AlertError):
    """The gateway did not get to it in time; whether it was done is shown by the alert."""

    code = "alert-busy"

    def __init__(self) -> None:
        super().__init__(
            Text("网关一时未能处理", "the gateway did not get to it in time"),
            Text("查看告警后再试", "look at the alert, then try again"),
        )
