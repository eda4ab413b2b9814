"""Everything that keeps a card from being written, checked or taken back. ``code`` is stable.

A `CardError` concerns the card in the hand: a batch says so and goes on with another one.
"""

from zhendao.command.roster.problems import RosterError
from zhendao.protocol.vocabulary import Technology
from zhendao.protocol.wording import Text
from zhendao.provisioning.errors import ProvisioningError


class CardError(ProvisioningError):
    """The card in the field cannot be used as asked."""

    code = "card"


class CardForeignError(CardError):
    """None of the keys that are known opens the card: it is another system's, or was locked by somebody."""

    code = "card-foreign"

    def __init__(self, uid: bytes, key: int) -> None:
        super().__init__(
            Text(
                f"卡 {uid.hex()} 的 {key} 号密钥既不是出厂密钥，也不是本机构的密钥",
                f"card {uid.hex()}: its key {key} is neither the maker's nor one of this authority",
            ),
            Text("卡未被改动；请换一张空白卡", "nothing on it was changed; take a blank card"),
        )


class CardTakenError(CardError):
    """The card belongs to somebody, or carries a token."""

    code = "tag-taken"

    def __init__(self, uid: bytes, whose: str, token: str) -> None:
        zh, en = (f"属于 {whose}", f"belongs to {whose}") if whose else ("已有令牌", "carries a token already")
        super().__init__(
            Text(f"卡 {uid.hex()} {zh}（令牌 {token}）", f"card {uid.hex()} {en} (token {token})"),
            Text("请换一张空白卡；确要改写请加 --replace", "take a blank card; give --replace to write over it"),
        )


class CardUnfinishedError(CardError):
    """Another act on the card was begun and not finished."""

    code = "card-unfinished"

    def __init__(self, uid: bytes, whose: str) -> None:
        zh, en = (f"为 {whose} 写卡", f"written for {whose}") if whose else ("恢复空白", "made blank")
        super().__init__(
            Text(f"卡 {uid.hex()} 正在{zh}，尚未完成", f"card {uid.hex()} was being {en}, which is not finished"),
            Text(
                "请运行 zhendao-provision card finish 或 card rollback",
                "run zhendao-provision card finish, or card rollback",
            ),
        )


class NothingBegunError(CardError):
    """There is nothing to finish or to take back on this card."""

    code = "card-nothing-begun"

    def __init__(self, uid: bytes) -> None:
        super().__init__(
            Text(f"卡 {uid.hex()} 没有未完成的写卡", f"nothing was begun on card {uid.hex()} that is not finished"),
            Text("要查看卡上内容请用 card check", "card check shows what is on it"),
        )


class CardKindError(CardError):
    """No way of writing this kind of card is known."""

    code = "tag-kind"

    def __init__(self, technology: Technology) -> None:
        super().__init__(
            Text(f"这种卡不能写入：{technology.name}", f"this kind of card cannot be written: {technology.name}"),
            Text(
                "请使用 NTAG 424 DNA、国密 CPU 卡或 NTAG213/215/216",
                "use an NTAG 424 DNA, an SM4 CPU card or an NTAG213/215/216",
            ),
        )


class CardRefusedError(CardError):
    """The card answered with a status that it should not have."""

    code = "card-refused"

    def __init__(self, step: str, status: bytes) -> None:
        super().__init__(
            Text(f"卡拒绝了操作“{step}”：{status.hex()}", f"the card refused {step!r}: {status.hex()}"),
            Text("请运行 card finish 再试；仍失败则换卡", "run card finish; if it fails again, take another card"),
        )


class CardBusyError(CardError):
    """The card delays authentications, as it does after many that failed."""

    code = "card-delays"

    def __init__(self, uid: bytes) -> None:
        super().__init__(
            Text(f"卡 {uid.hex()} 因多次认证失败而要求等待", f"card {uid.hex()} asks for time after failed attempts"),
            Text("请把卡放在读卡器上等一分钟再试", "leave it on the reader for a minute, and try again"),
        )


class CardAgainError(CardError):
    """The card must lose its power once before it can be gone on with, and this reader keeps its field on."""

    code = "card-again"

    def __init__(self, uid: bytes) -> None:
        super().__init__(
            Text(f"卡 {uid.hex()} 的防拆环已启用，需断电一次", f"card {uid.hex()}: its loop works once it lost power"),
            Text("请拿开再放回，然后运行 card finish", "take it away, hold it there again and run card finish"),
        )


class CardVerifyError(CardError):
    """What was read back is not what was written."""

    code = "card-verify"

    def __init__(self, uid: bytes, what: str) -> None:
        super().__init__(
            Text(f"卡 {uid.hex()} 写入后核对不符：{what}", f"card {uid.hex()} is not as it was written: {what}"),
            Text("请运行 card finish；再次失败请换卡", "run card finish; if it fails again, take another card"),
        )


class KeysMissingError(ProvisioningError):
    """Keys are needed for this card, and there is nowhere to get them from."""

    code = "card-keys-missing"

    def __init__(self, what: Text) -> None:
        super().__init__(
            what,
            Text(
                "请用 --gateway 网址，或事先用 card keys 取得的密钥文件 --keys",
                "give --gateway URL, or --keys FILE that card keys fetched beforehand",
            ),
        )


class KeysRefusedError(ProvisioningError):
    """The gateway does not give the keys; ``status``: as HTTP numbers its answer, 0 where nobody was asked."""

    code = "card-keys-refused"

    def __init__(self, what: Text, cure: Text | None = None, status: int = 0) -> None:
        super().__init__(what, cure)
        self.status = status


class KeysUnreachableError(ProvisioningError):
    """The gateway cannot be reached."""

    code = "card-keys-unreachable"

    def __init__(self, url: str, detail: str) -> None:
        super().__init__(
            Text(f"无法从网关 {url} 取得密钥：{detail}", f"no keys from the gateway {url}: {detail}"),
            Text(
                "卡保持原状；网络恢复后再运行同一命令，或用 --keys 密钥文件",
                "the card is as it was; run the same again once there is a network, or give --keys FILE",
            ),
        )


class KeysWrongError(ProvisioningError):
    """The keys that came are not whole, or not those that the card was written with."""

    code = "card-keys-wrong"

    def __init__(self, uid: bytes, detail: str) -> None:
        super().__init__(
            Text(f"卡 {uid.hex()} 的密钥不对：{detail}", f"the keys for card {uid.hex()} are not right: {detail}"),
            Text("没有写入任何密钥；请联系网关管理员", "no key was written; ask whoever keeps the gateway"),
        )


class RollError(RosterError):
    """The list of people has mistakes; nothing is written before they are mended."""

    code = "card-roll"
    ending = Text("没有写卡", "no card was written")


class TokenUnknownError(ProvisioningError):
    """The token log knows no such token."""

    code = "card-token-unknown"

    def __init__(self, said: str) -> None:
        super().__init__(
            Text(f"令牌记录中没有 {said}", f"the token log knows no {said}"),
            Text("请核对编号", "check the number"),
        )


class CardLockedError(CardError):
    """The card counts wrong keys and has few tries left, or none."""

    code = "card-locked"

    def __init__(self, uid: bytes) -> None:
        super().__init__(
            Text(f"卡 {uid.hex()} 的密钥重试次数将尽", f"card {uid.hex()} has hardly a try left for its key"),
            Text("不再尝试；请检查是否为本机构的卡", "nothing more is tried; find out whose card it is"),
        )
