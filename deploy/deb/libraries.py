"""The libraries of a package: those that requirements/run.lock pins, checked by their hashes, for another machine too.

Promise: what a command has no use for does not come along; what is not in the lock with its hash is not installed.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import NoReturn

from pip._vendor.packaging.requirements import Requirement
from pip._vendor.packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PYTHON = "3.11"
GLIBC = 36
"""Debian 12 has glibc 2.36: any manylinux wheel up to it fits."""
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
"""Debian's names and those of the wheels; 32-bit ARM has no wheels of cffi and cbor2 (docs/dependencies.md)."""
FROM_SOURCE = {"pydes"}
"""Pure Python that is published without a wheel."""
LEFT_OUT = {"setuptools"}
"""Declared by libraries that run without it."""


def fail(what: str) -> NoReturn:
    """End with one line."""
    raise SystemExit(f"deploy/deb/build.py: {what}")


def run(*command: str | Path, **environment: str) -> str:
    """Run a command that must succeed; return what it printed."""
    done = subprocess.run(
        [str(one) for one in command],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        fail(f"{command[0]} failed: {(done.stderr or done.stdout).strip()[-600:]}")
    return done.stdout


def interpreter() -> str:
    """Return a Python of Debian 12's version: its byte code is what the packages carry."""
    for one in (sys.executable, f"python{PYTHON}", "/usr/bin/python3"):
        found = shutil.which(one)
        if found and run(found, "-c", "import sys; print('%d.%d' % sys.version_info[:2])").strip() == PYTHON:
            return found
    fail(f"Python {PYTHON} is needed, Debian 12's; none was found")


def closure(extras: tuple[str, ...]) -> set[str]:
    """Return the names of everything that `zhendao` with ``extras`` needs, by what they declare."""
    environment = {"python_version": PYTHON, "python_full_version": f"{PYTHON}.2", "sys_platform": "linux", "extra": ""}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    optional = project["optional-dependencies"]
    declared = [*project["dependencies"], *(one for extra in extras for one in optional[extra])]
    found: set[tuple[str, str]] = set()
    todo = [(Requirement(one), "") for one in declared]
    while todo:
        wanted, asked_by = todo.pop()
        if wanted.marker is not None and not wanted.marker.evaluate({**environment, "extra": asked_by}):
            continue
        name = canonicalize_name(wanted.name)
        for extra in ({"", *wanted.extras}) - {known for of, known in found if of == name}:
            found.add((name, extra))
            with contextlib.suppress(importlib.metadata.PackageNotFoundError):
                todo += [(Requirement(one), extra) for one in importlib.metadata.requires(name) or []]
    return {name for name, _ in found} - LEFT_OUT


def locked(names: set[str]) -> dict[str, str]:
    """Return the entry of each name in requirements/run.lock, hashes included."""
    text = (ROOT / "requirements" / "run.lock").read_text("utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    return {name: entry for entry in entries if (name := canonicalize_name(re.split("[= ;]", entry)[0])) in names}


def install(extras: tuple[str, ...], machine: str, site: Path) -> None:
    """Put the libraries into ``site``, as the lock has them."""
    entries = locked(closure(extras))
    tags = [f"manylinux_2_{minor}_{machine}" for minor in range(GLIBC, 4, -1)]
    platforms = [word for tag in (*tags, f"manylinux2014_{machine}") for word in ("--platform", tag)]
    pip = [sys.executable, "-m", "pip"]
    with tempfile.TemporaryDirectory() as folder:
        wheels, built, pure = Path(folder) / "wheels.txt", Path(folder) / "source.txt", Path(folder) / "built"
        wheels.write_text("\n".join(entry for name, entry in entries.items() if name not in FROM_SOURCE))
        built.write_text("\n".join(entry for name, entry in entries.items() if name in FROM_SOURCE))
        abis = [word for abi in ("cp311", "abi3", "none") for word in ("--abi", abi)]
        run(
            *(*pip, "install", "--quiet", "--no-compile", "--target", site, "--no-deps", "--require-hashes"),
            *("--only-binary", ":all:", "--python-version", PYTHON, "--implementation", "cp", *abis, *platforms),
            *("-r", wheels),
        )
        if built.read_text():
            epoch = {"SOURCE_DATE_EPOCH": str(date())}
            run(
                *pip,
                "wheel",
                "--quiet",
                "--no-deps",
                "--no-build-isolation",
                "--require-hashes",
                "-w",
                pure,
                "-r",
                built,
                **epoch,
            )
            for one in sorted(pure.glob("*-none-any.whl")):
                zipfile.ZipFile(one).extractall(site)
    for useless in ("bin", "share", "docs", "*/tests", "*/test", "*.dist-info/RECORD", "*.dist-info/INSTALLER"):
        for one in site.glob(useless):
            shutil.rmtree(one) if one.is_dir() else one.unlink()
    for one in [*site.glob("*.dist-info/REQUESTED"), *site.glob("*.dist-info/direct_url.json")]:
        one.unlink()


def date() -> int:
    """Return the date of everything inside, seconds since 1970."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    return int(run("git", "-C", ROOT, "log", "-1", "--format=%ct"))
