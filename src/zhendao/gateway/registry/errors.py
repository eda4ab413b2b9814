"""What can be wrong with a registry: each error names the row and says how to mend it.

Promise: a load that meets any of these changes nothing.
"""

from zhendao.command.roster.problems import RosterError
from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Text


class RegistryError(ZhendaoError):
    """The registry cannot be used as it is."""

    code = "registry"


class OverlapError(RegistryError):
    """Two rows speak for the same thing at the same time."""

    code = "registry-overlap"


class LoadError(RosterError, RegistryError):
    """A source cannot be loaded, and nothing was changed."""

    code = "registry-load"
    ending = Text("登记未作任何更改", "the registry was not changed")
