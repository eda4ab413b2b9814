"""What may be wrong with an act on a case or a correction: each says what to do instead."""

from zhendao.gateway.errors import GatewayError
from zhendao.protocol.wording import Text


class CaseError(GatewayError):
    """An act on a case cannot be done."""

    code = "case"


class NoCaseError(CaseError):
    """There is no case of this number."""

    code = "case-unknown"

    def __init__(self, number: int) -> None:
        super().__init__(
            Text(f"没有疑点单 {number}", f"there is no case {number}"),
            Text("见 zhendao-gateway cases ls", "see zhendao-gateway cases ls"),
        )


class NotNowError(CaseError):
    """What was asked does not fit how the case, or the correction, stands."""

    code = "case-not-now"


class FourEyesError(CaseError):
    """Who proposed a correction is not who approves it."""

    code = "case-four-eyes"

    def __init__(self) -> None:
        super().__init__(
            Text("提出更正的人不能自己批准", "who proposed a correction cannot approve it"),
            Text("由另一人批准", "have somebody else approve it"),
        )


class LockedError(CaseError):
    """The time within which the visit could be corrected is over."""

    code = "case-locked"

    def __init__(self) -> None:
        super().__init__(
            Text("更正期限已过", "the time within which this visit could be corrected is over"),
            Text("由主管部门解锁：cases unlock", "the supervisors may unlock it: cases unlock"),
        )
