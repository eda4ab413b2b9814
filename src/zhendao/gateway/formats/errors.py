"""What can be wrong with a mapping, and with a visit that a mapping is to tell.

Promise: a mapping with anything wrong is not taken at all, and all that is wrong is told with line, column and cure.
"""

from collections.abc import Sequence

from zhendao.command.roster.problems import RosterError
from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Text


class FormatsError(ZhendaoError):
    """A format cannot be used as it is."""

    code = "formats"


class MappingError(RosterError, FormatsError):
    """A mapping file cannot be taken; ``problems`` holds all that is wrong."""

    code = "formats-mapping"
    ending = Text("该映射未被采用", "the mapping was not taken")


class NoMappingError(FormatsError):
    """There is neither a mapping of this name nor such a file."""

    code = "formats-no-mapping"
    exit_code = 2

    def __init__(self, name: str, known: Sequence[str]) -> None:
        """Keep the name asked for, and those that there are."""
        super().__init__(
            Text(f"没有名为 {name} 的映射，也没有这个文件", f"there is no mapping {name}, and no such file"),
            Text(f"可用：{'、'.join(known)}，或文件路径", f"there are: {', '.join(known)}; or give the path of a file"),
        )
