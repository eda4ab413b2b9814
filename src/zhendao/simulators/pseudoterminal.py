"""A pseudo-terminal whose slave looks like a serial port, under a stable link. For simulators of serial devices.

Promise: the slave stays open here, so that a host may close and open it again; `unplug` takes the port away under
the host's feet as a pulled adapter does. A full pseudo-terminal loses bytes, as a UART without flow control does.
"""

import os
import termios
import tty
from contextlib import suppress
from pathlib import Path

from zhendao.simulators.errors import LinkError


class PseudoTerminal:
    """One pseudo-terminal at a time, under one link; ``master`` is its descriptor, -1 while it is unplugged."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self.master = -1
        self._slave = -1

    def plug(self) -> str:
        """Make the pseudo-terminal and the link; return the slave's own path.

        Raises:
            LinkError: something that is no link stands at its place, or its folder cannot be written.
        """
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        attributes = termios.tcgetattr(self._slave)
        attributes[4] = attributes[5] = termios.B115200
        termios.tcsetattr(self._slave, termios.TCSANOW, attributes)
        os.set_blocking(self.master, False)
        path = os.ttyname(self._slave)
        try:
            if self.link.exists() and not self.link.is_symlink():
                self.unplug()
                raise LinkError(str(self.link), "a file is in its place")
            new = self.link.with_name(self.link.name + f".{os.getpid()}")
            new.symlink_to(path)
            new.replace(self.link)
        except OSError as error:
            self.unplug()
            raise LinkError(str(self.link), error.strerror or str(error)) from error
        return path

    def unplug(self) -> None:
        """Take port and link away."""
        if self.master < 0:
            return
        path = os.ttyname(self._slave)
        os.close(self._slave)
        os.close(self.master)
        self.master = self._slave = -1
        if self.link.is_symlink() and str(self.link.readlink()) == path:
            self.link.unlink()

    def speed(self) -> int:
        """Return the speed that the host has set, as a constant of `termios`."""
        speed: int = termios.tcgetattr(self._slave)[5]
        return speed

    def read(self) -> bytes:
        """Return what the host has written, nothing if nothing is there."""
        try:
            return os.read(self.master, 4096)
        except BlockingIOError:
            return b""

    def write(self, data: bytes) -> None:
        """Write what fits; the rest is lost."""
        if self.master >= 0:
            with suppress(BlockingIOError):
                os.write(self.master, data)
