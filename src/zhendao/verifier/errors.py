"""Errors of the verifier: a file that cannot be read. What a file fails to prove is a finding, never an error."""

from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Text


class VerifierError(ZhendaoError):
    """The verifier cannot begin."""

    code = "verifier"


class UnreadableFileError(VerifierError):
    """A file is missing, may not be read, or is not what it was given as. Exit code 2."""

    code = "unreadable-file"
    exit_code = 2

    def __init__(self, path: object, why: str | Text) -> None:
        said = Text(why, why) if isinstance(why, str) else why
        super().__init__(
            Text(f"无法读取 {path}：{said.zh}", f"cannot read {path}: {said.en}"),
            Text("请检查文件是否给对、可读", "check that it is the right file and can be read"),
        )


class AnswerError(VerifierError):
    """Who was asked said something that no gateway says."""

    code = "answer"

    def __init__(self) -> None:
        super().__init__(
            Text("对方的答复不是网关的答复", "the other side answers as no gateway does"),
            Text("请检查 --url", "check --url"),
        )
