"""Options that several sub-commands share."""

from pathlib import Path

from zhendao.command.parser import Parser
from zhendao.protocol.wording import Text
from zhendao.provisioning import passphrase


def authority(parser: Parser) -> None:
    """Add DIR, the authority's folder."""
    parser.option("folder", metavar="DIR", type=Path, text=Text("发证机构目录", "folder of the authority"))


def with_passphrase(parser: Parser) -> None:
    """Add --passphrase-file."""
    parser.option("--passphrase-file", metavar="FILE", type=Path, text=passphrase.HELP)
