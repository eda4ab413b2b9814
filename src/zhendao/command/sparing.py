"""Loading a library without the parts of it that its user never calls: a terminal runs for years on little memory.

Libraries load everything that somebody might want. Here stand-ins take the place of modules named by the caller, just
while the library loads; afterwards they are gone, so that whoever wants those modules elsewhere gets them. Names that
the library takes from a stand-in are empty classes, good for its own declarations and for nothing else.
"""

import importlib
import sys
from types import ModuleType
from typing import Any


class _StandIn(ModuleType):
    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def load(name: str, *, without: tuple[str, ...]) -> Any:
    """Return the module ``name``, loaded without the modules of ``without`` where nobody has loaded them yet."""
    known = set(sys.modules)
    absent = [one for one in without if one not in known]
    package = name.partition(".")[0]
    sys.modules.update({one: _StandIn(one) for one in absent})
    try:
        module = importlib.import_module(name)
    finally:
        for one in absent:
            del sys.modules[one]
        if any(one.startswith(f"{package}.") for one in absent):
            _forget(package, known)
    return module


def _forget(package: str, known: set[str]) -> None:
    """Take an incomplete package out of the table of modules: the next import of it shall find the complete one."""
    for one in set(sys.modules) - known:
        if one == package or one.startswith(f"{package}."):
            del sys.modules[one]
