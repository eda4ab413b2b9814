"""The reader's reset input (RSTPDN of a PN532) on a GPIO pin: one low pulse, as after switching it off and on.

Promise: between pulses the pin is left alone (the module pulls its input up), and gpiozero is imported by the first
pulse only; a pin that cannot be driven is a `ResetLineError`.
"""

import time

from zhendao.readers.errors import ResetLineError

PULSE_S = 0.02
"""Low for so long; the chip asks for 20 ns, the wire and its capacitor for more."""
START_S = 0.02
"""Until the chip's oscillator runs (2 ms) and its firmware listens."""


class ResetLine:
    """The pin with the BCM number ``pin``."""

    def __init__(self, pin: int) -> None:
        self._pin = pin

    def pulse(self) -> None:
        """Reset the reader; takes 40 ms.

        Raises:
            ResetLineError: there is no such pin, or this user may not drive it.
        """
        from gpiozero import GPIOZeroError, OutputDevice  # noqa: PLC0415 - memory that a healthy reader never costs

        try:
            with OutputDevice(self._pin, active_high=False, initial_value=False) as line:
                line.on()
                time.sleep(PULSE_S)
                line.off()
                time.sleep(START_S)
        except (GPIOZeroError, OSError, RuntimeError, ValueError) as error:
            raise ResetLineError(self._pin, str(error) or type(error).__name__) from error
