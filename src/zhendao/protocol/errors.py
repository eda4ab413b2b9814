"""The root of every error that Zhendao raises, and the family of the wire.

Promise: malformed input to ``zhendao.protocol`` ends as a value or as a `ProtocolError`, and nothing else.
Each error says what happened and to what (``what``), and what to do (``cure``), in both languages.
"""

from zhendao.protocol.wording import Language, Text


class ZhendaoError(Exception):
    """Root of all errors of the product. ``code`` is stable and for machines; the texts are for people."""

    code = "error"
    exit_code = 1

    def __init__(self, what: Text, cure: Text | None = None) -> None:
        super().__init__(what.en)
        self.what = what
        self.cure = cure

    def explain(self, language: Language) -> str:
        """Return what happened and what to do, as one line for a person."""
        line = self.what.in_(language)
        if self.cure is not None:
            line = f"{line} {'→' if language == 'zh' else '->'} {self.cure.in_(language)}"
        return line

    def explained(self) -> Text:
        """Return what happened and what to do, for whoever will know the language."""
        return Text(self.explain("zh"), self.explain("en"))


class ProtocolError(ZhendaoError):
    """Bytes that are not what the wire allows. ``reason`` is a short stable word, used in counters."""

    code = "protocol"

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(Text(f"报文不合规（{reason}）：{detail}", f"not allowed on the wire ({reason}): {detail}"))
        self.reason = reason
        self.detail = detail


class MalformedError(ProtocolError):
    """The bytes do not have the form that ``docs/protocol.md`` gives."""


class CryptoError(ProtocolError):
    """A signature, a MAC, a seal or a key is not good. Never says more than that to a peer."""


class CertificateError(ProtocolError):
    """A certificate is not issued by the root that is trusted, or not valid at that time."""


class CardStatusError(ProtocolError):
    """A card answered a command with another status than success; ``status`` are its two bytes as a number."""

    def __init__(self, status: int) -> None:
        super().__init__("card-status", f"{status:04X}")
        self.status = status
