"""A terminal under the pins of a board that is not there: ``python pinned_process.py CONFIG IDENTITY.json SOCKET``."""

import sys
from pathlib import Path

from zhendao.simulators.cli import main

if __name__ == "__main__":
    config, identity, socket = sys.argv[1:]
    process = str(Path(__file__).with_name("terminal_process.py"))
    sys.exit(main(["pins", "--socket", socket, process, config, identity]))
