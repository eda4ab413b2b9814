"""What goes wrong with PC/SC itself: the library, its service, the reader behind it. Tags fail as with any reader."""

from zhendao.protocol.wording import Text
from zhendao.readers.errors import ReaderError

_SERVICE = Text("请安装并启动 pcscd：systemctl enable --now pcscd.socket", "install and start pcscd, then try again")


class PcscError(ReaderError):
    """PC/SC refused a call for a reason that has no name of its own here."""

    code = "pcsc-failed"

    def __init__(self, reader: str, result: int) -> None:
        super().__init__(
            Text(f"PC/SC 读卡器“{reader}”出错：{result:08x}", f"PC/SC failed with {result:08x} on {reader!r}"), _SERVICE
        )


class PcscLibraryError(ReaderError):
    """The system has no PC/SC library (libpcsclite)."""

    code = "pcsc-no-library"
    hopeless = True

    def __init__(self) -> None:
        super().__init__(
            Text("系统没有 PC/SC 库 libpcsclite.so.1", "the PC/SC library libpcsclite.so.1 is not there"),
            Text("请安装：apt-get install pcscd libccid", "run: apt-get install pcscd libccid"),
        )


class PcscServiceError(ReaderError):
    """The service is not there, or was restarted: what was open is void."""

    code = "pcsc-no-service"
    hopeless = True

    def __init__(self) -> None:
        super().__init__(Text("PC/SC 服务 pcscd 没有运行", "the PC/SC service pcscd does not run"), _SERVICE)


class PcscDeniedError(ReaderError):
    """The service does not let this user in."""

    code = "pcsc-denied"
    hopeless = True

    def __init__(self) -> None:
        super().__init__(
            Text("pcscd 拒绝本用户访问", "pcscd does not let this user in"),
            Text("请在 polkit 中允许 org.debian.pcsc-lite", "allow org.debian.pcsc-lite in polkit"),
        )


class PcscReaderMissingError(ReaderError):
    """The service knows no reader of that name (any more)."""

    code = "pcsc-no-reader"
    hopeless = True

    def __init__(self, wanted: str, known: tuple[str, ...] = ()) -> None:
        there = "; ".join(known)
        super().__init__(
            Text(
                f"没有名称含“{wanted}”的 PC/SC 读卡器（现有：{there or '无'}）",
                f"no PC/SC reader is called {wanted!r} (there is: {there or 'none'})",
            ),
            Text("请插好读卡器，或更正 [nfc] reader", "plug the reader in, or correct [nfc] reader"),
        )


class PcscBusyError(ReaderError):
    """Another program holds the card in the reader."""

    code = "pcsc-busy"

    def __init__(self, reader: str) -> None:
        super().__init__(
            Text(f"PC/SC 读卡器“{reader}”被其他程序占用", f"another program uses the PC/SC reader {reader!r}"),
            Text("请停止占用它的程序", "stop the program that holds it"),
        )
