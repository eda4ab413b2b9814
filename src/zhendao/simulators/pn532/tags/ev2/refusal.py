"""A command's refusal on its way out of whatever found its reason."""


class Refused(Exception):  # noqa: N818 - a refusal is an answer, no error of this program
    """The command is answered by ``status`` (behind 91) and changes nothing."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status:02x}")
        self.status = status
