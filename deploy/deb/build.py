"""Builds the Debian packages: ``python deploy/deb/build.py --out DIR [--arch arm64] [PACKAGE …]``.

Promise: what is inside is what requirements/run.lock pins, with its hashes, for Debian 12's Python and the machine
asked for; installing needs no network, no pip and no compiler; the same sources give the same bytes (SOURCE_DATE_EPOCH,
or the date of the last commit). Layout and reasons: docs/decisions/debian-package.md.
"""

from __future__ import annotations

import argparse
import email.utils
import gzip
import hashlib
import io
import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from libraries import MACHINES, ROOT, date, fail, install, interpreter, run

HERE = ROOT / "deploy" / "deb"
MAINTAINER = "Zhendao maintainers <maintainers@zhendao.invalid>"


@dataclass(frozen=True)
class Package:
    """What goes into one package; ``parts`` are packages of `zhendao`, ``commands`` the files of /usr/bin."""

    name: str
    extras: tuple[str, ...]
    parts: tuple[str, ...]
    commands: dict[str, str]
    units: tuple[str, ...]


PACKAGES = {
    one.name: one
    for one in (
        Package(
            "zhendao-device",
            ("device",),
            ("protocol", "command", "readers", "device"),
            {"zhendao-device": "zhendao.device.cli"},
            ("zhendao-device.service", "zhendao-page.service"),
        ),
        Package(
            "zhendao-gateway",
            ("gateway", "provisioning", "verifier"),
            ("protocol", "command", "readers", "gateway", "provisioning", "verifier"),
            {
                "zhendao-gateway": "zhendao.gateway.cli",
                "zhendao-provision": "zhendao.provisioning.cli",
                "zhendao-verify": "zhendao.verifier.cli",
            },
            ("zhendao-gateway.service", "zhendao-broker.service"),
        ),
    )
}


def code(package: Package, machine: str, home: Path, prefix: str) -> None:
    """Fill ``home`` with libraries, our own parts, and their byte code; ``prefix`` is where it will stand."""
    home.mkdir(parents=True)
    install(package.extras, machine, home)
    ours = home / "zhendao"
    for part in package.parts:
        left_out = shutil.ignore_patterns("__pycache__", "voices")
        shutil.copytree(ROOT / "src" / "zhendao" / part, ours / part, ignore=left_out)
    if "device" in package.parts:
        run(sys.executable, ROOT / "deploy/voices/build.py", "--out", ours / "device/voices")
    for one in ("__init__.py", "py.typed"):
        shutil.copy(ROOT / "src" / "zhendao" / one, ours / one)
    run(
        *(interpreter(), "-m", "compileall", "-q", "-j", "1", "--invalidation-mode", "unchecked-hash"),
        *("-s", home, "-p", prefix, home),
        PYTHONHASHSEED="0",
    )


def launcher(module: str, prefix: str) -> str:
    """Return a command: what this package brought, Python's own library, and only then Debian's (for lgpio)."""
    return (
        "#!/usr/bin/python3 -IS\n"
        "import sys\n\n"
        f'sys.path[:] = ["{prefix}", *sys.path, "/usr/lib/python3/dist-packages"]\n'
        f"from {module} import main  # noqa: E402\n\n"
        "sys.exit(main())\n"
    )


def packed(data: bytes) -> bytes:
    """Return ``data`` as a gzip file that is the same whichever Python makes it."""
    out = io.BytesIO()
    with gzip.GzipFile("", "wb", 9, out, mtime=0) as file:
        file.write(data)
    return out.getvalue()


def put(target: Path, data: str | bytes, mode: int = 0o644) -> None:
    """Write a file, and the folders above it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data.encode() if isinstance(data, str) else data)
    target.chmod(mode)


def build(package: Package, arch: str, version: str, out: Path) -> Path:
    """Build one package; return its path."""
    here = HERE / package.name
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        private = f"usr/lib/{package.name}"
        home = f"{private}/{version}"
        code(package, MACHINES[arch], tree / home, f"/{home}")
        for command, module in package.commands.items():
            # Sorted after the version's folder, and so put in place by dpkg after it: see the decision.
            put(tree / private / f"start-{command}", launcher(module, f"/{home}"), 0o755)
            (tree / "usr/bin").mkdir(exist_ok=True)
            (tree / "usr/bin" / command).symlink_to(f"../lib/{package.name}/start-{command}")
            page = (HERE / "man" / f"{command}.1").read_text("utf-8").replace("@VERSION@", version)
            put(tree / f"usr/share/man/man1/{command}.1.gz", packed(page.encode()))
        for script in sorted(here.glob("*.py")):
            put(tree / private / script.stem, "#!/usr/bin/python3 -I\n" + script.read_text("utf-8"), 0o755)
        for unit in package.units:
            put(tree / "usr/lib/systemd/system" / unit, (ROOT / "deploy/systemd" / unit).read_bytes())
        for one in sorted((here / "tree").rglob("*")):
            if one.is_file():
                put(tree / one.relative_to(here / "tree"), one.read_bytes())
        documents = tree / "usr/share/doc" / package.name
        put(documents / "copyright", (HERE / "copyright").read_bytes())
        put(documents / "changelog.gz", packed((ROOT / "CHANGELOG.md").read_bytes()))
        put(documents / "changelog.Debian.gz", packed(changelog(package, version).encode()))
        control(package, arch, version, tree)
        file = out / f"{package.name}_{version}_{arch}.deb"
        settle(tree)
        run("dpkg-deb", "--root-owner-group", "-Zxz", "--build", tree, file, SOURCE_DATE_EPOCH=str(date()))
    return file


def changelog(package: Package, version: str) -> str:
    """Return what Debian wants to read; what has changed stands in CHANGELOG.md."""
    when = email.utils.formatdate(date())
    line = f"  * What has changed: /usr/share/doc/{package.name}/changelog.gz"
    return f"{package.name} ({version}) bookworm; urgency=medium\n\n{line}\n\n -- {MAINTAINER}  {when}\n"


def control(package: Package, arch: str, version: str, tree: Path) -> None:
    """Write what dpkg reads."""
    here = HERE / package.name
    files = sorted(one for one in tree.rglob("*") if one.is_file() and not one.is_symlink())
    size = sum((one.stat().st_size + 1023) // 1024 for one in files)
    text = (here / "control").read_text("utf-8")
    for name, value in (("@VERSION@", version), ("@ARCH@", arch), ("@SIZE@", str(size)), ("@WHO@", MAINTAINER)):
        text = text.replace(name, value)
    debian = tree / "DEBIAN"
    put(debian / "control", text)
    sums = [
        f"{hashlib.md5(one.read_bytes(), usedforsecurity=False).hexdigest()}  {one.relative_to(tree)}" for one in files
    ]
    put(debian / "md5sums", "\n".join(sums) + "\n")
    kept = [f"/{one.relative_to(tree)}" for one in files if one.is_relative_to(tree / "etc")]
    put(debian / "conffiles", "\n".join(kept) + "\n")
    for script in ("preinst", "postinst", "prerm", "postrm"):
        if (here / script).exists():
            put(debian / script, (here / script).read_bytes(), 0o755)


def settle(tree: Path) -> None:
    """Give everything the modes and the date that it is to have, whatever this machine's umask and clock are."""
    for one in [tree, *tree.rglob("*")]:
        if not one.is_symlink():
            runs = one.is_dir() or (
                one.stat().st_mode & 0o100 and one.suffix != ".so" and not one.match("usr/lib/*/*/*")
            )
            one.chmod(0o755 if runs else 0o644)
        os.utime(one, (date(), date()), follow_symlinks=False)


def main() -> None:
    """Build what is asked for, all packages where nothing is named."""
    parser = argparse.ArgumentParser(description="build the Debian packages of Zhendao")
    parser.add_argument("packages", nargs="*", metavar="PACKAGE", help=f"{', '.join(PACKAGES)}; all by default")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where to put them (dist)")
    here = run("dpkg", "--print-architecture").strip()
    parser.add_argument(
        "--arch", choices=sorted(MACHINES), default=here if here in MACHINES else None, help="for which machine"
    )
    parser.add_argument("--revision", default="1", help="Debian's revision of this version (1)")
    asked = parser.parse_args()
    if asked.arch is None:
        fail(f"say --arch {' or '.join(sorted(MACHINES))}")
    if unknown := set(asked.packages) - set(PACKAGES):
        fail(f"no such package: {', '.join(sorted(unknown))}")
    version = re.search(r'__version__ = "(.+)"', (ROOT / "src/zhendao/__init__.py").read_text("utf-8"))
    if version is None:
        fail("src/zhendao/__init__.py states no version")
    asked.out.mkdir(parents=True, exist_ok=True)
    for name in asked.packages or PACKAGES:
        file = build(PACKAGES[name], asked.arch, f"{version[1]}-{asked.revision}", asked.out)
        print(f"{file} ({file.stat().st_size / 1e6:.1f} MB)")


if __name__ == "__main__":
    main()
