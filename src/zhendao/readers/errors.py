"""Everything that can go wrong between the serial port and a tag, as one tree.

Promise: whatever a driver, the kernel or a card does, a caller of `zhendao.readers` meets one of these, nothing else.
`code` is stable (counters, health, documentation); ``tag`` errors leave the reader usable, all others do not.
"""

from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Text

WIRING = Text("请检查接线、供电和 [nfc] port 设置", "check the wiring, the power and [nfc] port")


class ReaderError(ZhendaoError):
    """Root of the errors of `zhendao.readers`.

    ``hopeless``: to ask the open reader again cannot help; only to open it anew may.
    """

    code = "reader"
    hopeless = False


class PortMissingError(ReaderError):
    """There is nothing at the path of the port."""

    code = "reader-port-missing"
    hopeless = True

    def __init__(self, port: str) -> None:
        super().__init__(
            Text(f"读卡器端口不存在：{port}", f"there is no reader port {port}"),
            Text("请插好读卡器，或更正 [nfc] port", "plug the reader in, or correct [nfc] port"),
        )


class PortDeniedError(ReaderError):
    """The port is there and this user may not open it."""

    code = "reader-port-denied"
    hopeless = True

    def __init__(self, port: str) -> None:
        super().__init__(
            Text(f"无权打开读卡器端口：{port}", f"no permission to open the reader port {port}"),
            Text("请把运行用户加入 dialout 组", "add the user to the group dialout"),
        )


class PortBusyError(ReaderError):
    """Another process holds the port."""

    code = "reader-port-busy"
    hopeless = True

    def __init__(self, port: str) -> None:
        super().__init__(
            Text(f"读卡器端口已被占用：{port}", f"the reader port {port} is in use by another process"),
            Text("请先停止占用它的程序", "stop the program that holds it"),
        )


class PortUnusableError(ReaderError):
    """The path can be opened and is no serial port, or the kernel refuses its settings."""

    code = "reader-port-unusable"
    hopeless = True

    def __init__(self, port: str, detail: str) -> None:
        super().__init__(
            Text(f"{port} 不能作为串口使用：{detail}", f"{port} cannot be used as a serial port: {detail}"), WIRING
        )


class NotAPn532Error(ReaderError):
    """The port opens, and what is at its other end never answered as a PN532 does, at any baud rate."""

    code = "reader-not-pn532"
    hopeless = True

    def __init__(self, port: str) -> None:
        super().__init__(
            Text(f"{port} 上没有应答的 PN532 读卡器", f"no PN532 answers on {port}"),
            Text(
                "请检查接线、供电、HSU 模式开关和 [nfc] port 设置",
                "check wiring, power, the HSU switches and [nfc] port",
            ),
        )


class ReaderGoneError(ReaderError):
    """The port vanished while it was in use (an adapter was pulled)."""

    code = "reader-gone"
    hopeless = True

    def __init__(self, port: str) -> None:
        super().__init__(Text(f"读卡器已断开：{port}", f"the reader on {port} is gone"), WIRING)


class ReaderSilentError(ReaderError):
    """No acknowledgement or no answer within its time."""

    code = "reader-silent"

    def __init__(self, port: str) -> None:
        super().__init__(Text(f"读卡器没有应答：{port}", f"the reader on {port} does not answer"), WIRING)


class ReaderGarbledError(ReaderError):
    """The answer is not a frame of a PN532, or not the answer to what was asked."""

    code = "reader-garbled"

    def __init__(self, port: str, detail: str) -> None:
        super().__init__(
            Text(f"读卡器应答有误：{port}（{detail}）", f"the reader on {port} answers wrongly ({detail})"), WIRING
        )


class ReaderSlowError(ReaderError):
    """Sensing takes longer and longer: polling that has slowed down, which only opening anew cures."""

    code = "reader-slow"
    hopeless = True

    def __init__(self, port: str, milliseconds: int) -> None:
        super().__init__(
            Text(
                f"读卡器变慢：{port}（一次寻卡 {milliseconds} 毫秒）",
                f"the reader on {port} has become slow ({milliseconds} ms to sense)",
            ),
            WIRING,
        )


class ReaderMisusedError(ReaderError):
    """Another thread than the one that opened the reader used it. The reader is well, and its owner goes on."""

    code = "reader-second-thread"

    def __init__(self, port: str) -> None:
        super().__init__(
            Text(f"读卡器 {port} 只能由一个线程使用", f"the reader on {port} belongs to one thread"),
        )


class ResetLineError(ReaderError):
    """The GPIO pin that resets the reader cannot be driven."""

    code = "reader-reset-line"

    def __init__(self, pin: int, detail: str) -> None:
        super().__init__(
            Text(
                f"无法驱动读卡器复位引脚 GPIO{pin}：{detail}",
                f"the reader's reset pin GPIO{pin} cannot be driven: {detail}",
            ),
            Text("请检查 [nfc] reset_gpio 与 gpio 组权限", "check [nfc] reset_gpio and the group gpio"),
        )


class RebindError(ReaderError):
    """The reader's USB adapter cannot be switched off and on."""

    code = "reader-rebind"

    def __init__(self, path: object, detail: str) -> None:
        super().__init__(
            Text(
                f"无法重新接入读卡器的 USB 适配器：{path}（{detail}）",
                f"the reader's USB adapter cannot be rebound: {path} ({detail})",
            ),
            Text("请让运行用户可写该文件（docs/readers.md）", "let the user write that file (docs/readers.md)"),
        )


class TagError(ReaderError):
    """Root of what concerns one tag; the reader itself is well."""

    code = "tag"


class TagGoneError(TagError):
    """The tag stopped answering: it was taken away, or held too far."""

    code = "tag-gone"

    def __init__(self) -> None:
        super().__init__(
            Text("标签已离开读卡区", "the tag left the field"),
            Text("请把标签贴稳，直到提示完成", "hold the tag still until it is done"),
        )


class TagRefusedError(TagError):
    """The tag answered with a refusal (locked, protected, out of range)."""

    code = "tag-refused"

    def __init__(self, detail: str) -> None:
        super().__init__(
            Text(f"标签拒绝操作：{detail}", f"the tag refused: {detail}"),
            Text("请换一张空白的 NTAG213/215/216 标签", "take a blank NTAG213/215/216"),
        )


class TagProtectedError(TagRefusedError):
    """The tag answers, and keeps the pages behind its uid to itself (a password)."""

    code = "tag-protected"


class TagMalformedError(TagError):
    """The tag does not hold what NFC Forum Type 2 or Type 4 asks for. ``reason`` is a stable word."""

    code = "tag-malformed"

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(
            Text(f"标签内容不合规（{reason}）：{detail}", f"the tag's content is not allowed ({reason}): {detail}")
        )
        self.reason = reason


class TagKindError(TagError):
    """The tag in the field is of a kind that cannot do what was asked."""

    code = "tag-kind"

    def __init__(self, kind: str) -> None:
        super().__init__(
            Text(f"这种卡不能写入：{kind}", f"this kind of card cannot be written: {kind}"),
            Text("请使用 NTAG213/215/216 标签", "use an NTAG213/215/216"),
        )


class TagTooSmallError(TagError):
    """The message does not fit the tag."""

    code = "tag-too-small"

    def __init__(self, needed: int, capacity: int) -> None:
        super().__init__(
            Text(
                f"标签容量不足：需要 {needed} 字节，只有 {capacity}",
                f"the tag holds {capacity} bytes and {needed} are needed",
            ),
            Text("请使用容量更大的标签", "use a larger tag"),
        )


class TagVerifyError(TagError):
    """What was read back is not what was written."""

    code = "tag-verify"

    def __init__(self) -> None:
        super().__init__(
            Text("写入后读回的内容不一致", "what was read back is not what was written"),
            Text("请重新写入；若再次失败，请更换标签", "write it again; if it fails again, take another tag"),
        )


class SeveralTagsError(TagError):
    """More than one tag is in the field where exactly one is wanted."""

    code = "tag-several"

    def __init__(self, uids: tuple[bytes, ...]) -> None:
        names = ", ".join(uid.hex() for uid in uids)
        super().__init__(
            Text(f"读卡区内有多张标签：{names}", f"there are several tags in the field: {names}"),
            Text("请只留下要写入的一张", "leave only the one that is meant"),
        )


class NoTagError(TagError):
    """No tag came within the time given."""

    code = "tag-none"

    def __init__(self, seconds: int) -> None:
        super().__init__(
            Text(f"{seconds} 秒内没有标签", f"no tag came within {seconds} s"),
            Text("请把标签放到读卡器上再试", "hold the tag to the reader and try again"),
        )
