"""The product's commands as the demo starts them: this Python, the module of the command, its arguments.

They are started, never imported: what a spectator sees is what would run in a home and at the operator.
"""

import sys
from collections.abc import Sequence

_MODULES = {
    "zhendao-device": "zhendao.device.cli",
    "zhendao-gateway": "zhendao.gateway.cli",
    "zhendao-provision": "zhendao.provisioning.cli",
    "zhendao-sim": "zhendao.simulators.cli",
}


def command(name: str, *arguments: object) -> Sequence[str]:
    """Return the words that start ``name`` with ``arguments``."""
    code = f"import sys; sys.argv[0] = {name!r}; from {_MODULES[name]} import main; sys.exit(main())"
    return (sys.executable, "-P", "-c", code, *map(str, arguments))
