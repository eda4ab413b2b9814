"""The mappings that come with the gateway, and those that are files of the operator's own.

Promise: a name without a slash or ending is one that comes with it; whatever else is the path of a file.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path

from zhendao.gateway.formats.errors import NoMappingError
from zhendao.gateway.formats.mapping import Mapping
from zhendao.gateway.formats.reading import read_mapping

_FOLDER = "mappings"
_ENDING = ".toml"


@cache
def names() -> tuple[str, ...]:
    """Return the names of the mappings that come with the gateway, in order."""
    folder = files("zhendao.gateway.formats") / _FOLDER
    return tuple(sorted(one.name.removesuffix(_ENDING) for one in folder.iterdir() if one.name.endswith(_ENDING)))


def content_of(name: str) -> bytes:
    """Return the bytes of a mapping, by its name or path. Raises `NoMappingError`."""
    if name in names():
        return (files("zhendao.gateway.formats") / _FOLDER / f"{name}{_ENDING}").read_bytes()
    try:
        return Path(name).read_bytes()
    except OSError:
        raise NoMappingError(name, names()) from None


def mapping_of(name: str) -> Mapping:
    """Return a mapping, by its name or path. Raises `NoMappingError`, `MappingError`."""
    return read_mapping(content_of(name), name)
