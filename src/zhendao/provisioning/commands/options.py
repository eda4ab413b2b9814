"""Options that several sub-commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.protocol.wording import Text
from zhendao.provisioning import passphrase

if TYPE_CHECKING:
    import argparse

    from zhendao.command.parser import Parser
    from zhendao.protocol.wording import Language
    from zhendao.provisioning.authority import Authority
    from zhendao.provisioning.roots import Root


def authority(parser: Parser) -> None:
    """Add DIR, the authority's folder."""
    parser.option("folder", metavar="DIR", type=Path, text=Text("发证机构目录", "folder of the authority"))


def with_passphrase(parser: Parser) -> None:
    """Add --passphrase-file."""
    parser.option("--passphrase-file", metavar="FILE", type=Path, text=passphrase.HELP)


def with_root(parser: Parser) -> None:
    """Add --root-folder and --root-passphrase-file, for what takes the root's key."""
    parser.option(
        "--root-folder",
        metavar="ROOT",
        type=Path,
        text=Text(
            "存放根密钥的目录（如 U 盘），缺省 DIR/root", "folder with the root's key (a stick), default DIR/root"
        ),
    )
    parser.option(
        "--root-passphrase-file",
        metavar="FILE",
        type=Path,
        text=Text(
            "根密钥口令所在文件，缺省同发证机构口令", "file with the root's passphrase, default: the authority's"
        ),
    )


def opened(arguments: argparse.Namespace, language: Language) -> Authority:
    """Open the authority of DIR with its passphrase."""
    from zhendao.provisioning.authority import Authority  # noqa: PLC0415 - help must not load cryptography

    return Authority.open(arguments.folder, passphrase.find(arguments.passphrase_file, language))


def root_of(arguments: argparse.Namespace, authority: Authority, language: Language) -> Root:
    """Open the root above ``authority``. Raises `NoRootError` where it is not at hand."""
    from zhendao.provisioning.roots import open_root, usual_place  # noqa: PLC0415 - as above

    words = passphrase.find(arguments.root_passphrase_file or arguments.passphrase_file, language)
    return open_root(arguments.root_folder or usual_place(arguments.folder), words, authority.root)
