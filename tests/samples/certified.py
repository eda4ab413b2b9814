"""A terminal in a process of its own, with a certificate that a real gateway believes."""

import json
from dataclasses import dataclass
from pathlib import Path

from samples.home import Identity
from samples.site import TENANT, Authority


@dataclass
class Certified(Identity):
    """A terminal whose certificate an authority has issued."""

    authority: Authority | None = None

    def __post_init__(self) -> None:
        """Have the key certified, and what it writes wrapped for the gateway."""
        super().__post_init__()
        assert self.authority is not None
        line = self.authority.terminal(device=self.device, key=self.key)
        assert line.certificate is not None
        self.certificate, self.wrap = line.certificate.der, self.authority.wrap

    def write(self, folder: Path) -> Path:
        """Write what the process reads; return the file."""
        file = super().write(folder)
        file.write_text(json.dumps(json.loads(file.read_text()) | {"tenant": TENANT}))
        return file
