"""What can be wrong with evidence that is asked for: no such visit, or facts that prove nothing any more."""

from pathlib import Path

from zhendao.gateway.errors import GatewayError
from zhendao.protocol.wording import Text


class EvidenceError(GatewayError):
    """No evidence can be given of it."""

    code = "evidence"


class NoVisitError(EvidenceError):
    """There is no such visit."""

    code = "evidence-visit"

    def __init__(self, visit_id: bytes) -> None:
        name = visit_id.hex()
        super().__init__(
            Text(f"没有上门 {name}", f"there is no visit {name}"),
            Text("用 zhendao-gateway visits 查看编号", "zhendao-gateway visits lists their ids"),
        )


class ClosedError(EvidenceError):
    """What a fact said was deleted when its time of keeping was over; its leaf alone is here."""

    code = "evidence-closed"

    def __init__(self, epoch: str, seq: int) -> None:
        super().__init__(
            Text(
                f"日志 {epoch[:8]} 第 {seq} 条的内容已按保存期限删除",
                f"what event {seq} of journal {epoch[:8]} said was deleted when its time of keeping was over",
            ),
            Text(
                "删除凭证见 zhendao-gateway retention receipts；需保留的上门请及早设为保留（retention hold）",
                "zhendao-gateway retention receipts shows it; a visit that is needed is held in time (retention hold)",
            ),
        )


class LostCertificateError(EvidenceError):
    """What a person did was signed under a certificate that this gateway had, and has no more."""

    code = "evidence-certificate"

    def __init__(self, certificate_id: bytes, where: Path) -> None:
        name = certificate_id.hex()[:16]
        super().__init__(
            Text(
                f"更正由证书 {name} 签署，{where} 中没有它",
                f"an act is signed under certificate {name}, not in {where}",
            ),
            Text(
                "用 zhendao-provision gateway update 重新写入，或从备份取回",
                "zhendao-provision gateway update writes it again; or take it from a backup",
            ),
        )


class UnprovedError(EvidenceError):
    """A fact that the visit rests on is not held as its terminal signed it."""

    code = "evidence-unproved"

    def __init__(self, epoch: str, seq: int) -> None:
        super().__init__(
            Text(f"日志 {epoch[:8]} 第 {seq} 条没有可核验的签名", f"event {seq} of journal {epoch[:8]} has no proof"),
            Text("缺号补齐后再试，见 zhendao-gateway anomalies", "try again when its neighbours have come"),
        )
