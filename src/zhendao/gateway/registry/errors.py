"""What can be wrong with a registry: each error names the row and says how to mend it.

Promise: a load that meets any of these changes nothing.
"""

from zhendao.protocol.errors import ZhendaoError


class RegistryError(ZhendaoError):
    """The registry cannot be used as it is."""

    code = "registry"


class OverlapError(RegistryError):
    """Two rows speak for the same thing at the same time."""

    code = "registry-overlap"
