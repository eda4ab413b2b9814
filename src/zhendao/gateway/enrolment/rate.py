"""How often one address may knock: so many at once, and then so many a minute. Pure; bounded whoever knocks."""

from collections import OrderedDict
from ipaddress import IPv6Address, IPv6Network

_ADDRESSES = 4096


def knocker(host: str | None) -> str:
    """Return whom an address counts as: of IPv6 its network of 64 bits, of which anybody has all addresses."""
    try:
        address = IPv6Address((host or "").partition("%")[0])
    except ValueError:
        return host or ""
    return str(address.ipv4_mapped or IPv6Network((int(address) >> 64 << 64, 64)))


class Rate:
    """A bucket for each address that holds ``burst`` and fills with ``a_minute``."""

    def __init__(self, burst: int, a_minute: float) -> None:
        self._burst, self._a_ns = burst, a_minute / 60e9
        self._left: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def allows(self, address: str, now_ns: int) -> bool:
        """Take one from the bucket of ``address`` (monotonic time); False where it is empty."""
        left = self._now(address, now_ns)
        self._left.pop(address, None)
        allowed = left >= 1
        self._left[address] = (left - 1 if allowed else left, now_ns)
        while len(self._left) > _ADDRESSES:
            self._left.popitem(last=False)
        return allowed

    def has(self, address: str, now_ns: int) -> bool:
        """Tell whether there is one in the bucket of ``address``; take none."""
        return self._now(address, now_ns) >= 1

    def _now(self, address: str, now_ns: int) -> float:
        left, since_ns = self._left.get(address, (float(self._burst), now_ns))
        return min(self._burst, left + (now_ns - since_ns) * self._a_ns)
