"""`zhendao-gateway run`: read the settings, then run the service."""

import argparse
from pathlib import Path

from zhendao.gateway.config import read_config
from zhendao.protocol.wording import Language


def run_command(arguments: argparse.Namespace, language: Language) -> int:
    """Run until told to stop. Everything that is wrong with the settings is said before anything is opened."""
    del language
    config = read_config(Path(arguments.config))
    if config.remind:
        from zhendao.gateway.reminders.ways.making import check_files  # noqa: PLC0415 - only whoever reminds has such

        check_files(config.remind, Path(arguments.config).absolute().parent)
    from zhendao.gateway import service  # noqa: PLC0415 - a wrong setting is told without loading the gateway

    service.log_to_stderr()
    return service.run(config, Path(arguments.config))
