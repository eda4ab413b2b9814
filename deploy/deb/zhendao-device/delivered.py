"""Ends with 0 where the gateway has every event of the journal that a purge would delete, else with 1.

Asked before a removal, of `/var/lib/zhendao-device` whatever the settings name: that folder is the one that is purged.
Whatever is not known counts as not delivered.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

DATA = Path("/var/lib/zhendao-device")
SETTINGS = f"""[terminal]
data_dir = "{DATA}"
[nfc]
driver = "pn532"
port = "/dev/null"
[broker]
url = "mqtts://nowhere.invalid:8883"
"""


def main() -> int:
    """Ask `zhendao-device status`."""
    try:
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write(SETTINGS)
            file.flush()
            command = ["/usr/bin/zhendao-device", "status", "--json", "--config", file.name]
            done = subprocess.run(command, capture_output=True, check=False, timeout=300)
        waiting = sum(one["unacknowledged"] for one in json.loads(done.stdout)["epochs"])
        aside = list(DATA.glob("journal.db.corrupt.*"))
    except (OSError, ValueError, KeyError, TypeError, subprocess.TimeoutExpired):
        return 1
    return int(done.returncode != 0 or waiting > 0 or bool(aside))


if __name__ == "__main__":
    sys.exit(main())
