"""How often one address may knock: so many at once, and then so many a minute. Pure; bounded whoever knocks."""

from collections import OrderedDict

_ADDRESSES = 4096


class Rate:
    """A bucket for each address that holds ``burst`` and fills with ``a_minute``."""

    def __init__(self, burst: int, a_minute: float) -> None:
        self._burst, self._a_ns = burst, a_minute / 60e9
        self._left: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def allows(self, address: str, now_ns: int) -> bool:
        """Take one from the bucket of ``address`` (monotonic time); False where it is empty."""
        left, since_ns = self._left.pop(address, (float(self._burst), now_ns))
        left = min(self._burst, left + (now_ns - since_ns) * self._a_ns)
        allowed = left >= 1
        self._left[address] = (left - 1 if allowed else left, now_ns)
        while len(self._left) > _ADDRESSES:
            self._left.popitem(last=False)
        return allowed
