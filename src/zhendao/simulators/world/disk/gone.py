"""What a process meets that has no power any more."""


class PowerGoneError(BaseException):
    """Raised into whoever still runs after the power or the process has gone: nothing is to catch it."""
