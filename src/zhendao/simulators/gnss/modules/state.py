"""What can be set at a receiver, and what of it outlives a power cut. Pure."""

from dataclasses import dataclass, field, replace

from zhendao.simulators.gnss.styles import Style, System, style_of

EVERYTHING = ("RMC", "GGA", "GSA", "GSV", "GLL", "VTG", "GST", "ZDA")


@dataclass
class State:
    """A receiver's settings. ``rates``: each sentence every so many epochs, 0 never; ``silent_s`` asks for a pause.

    ``gsv_signal`` is the signal id that its GSV carry under NMEA 4.1; ``beidou`` the talker that it gives BeiDou.
    """

    baud: int
    systems: frozenset[str]
    beidou: System
    gsv_signal: str
    rates: dict[str, int]
    period_ms: int = 1000
    modern: bool = True
    silent_s: float = 0.0
    saved: "State | None" = field(default=None, repr=False)

    def save(self) -> None:
        """Keep all of it through a power cut."""
        self.saved = None
        self.saved = replace(self, rates=dict(self.rates), silent_s=0.0)

    def after_power_cut(self, factory: "State") -> "State":
        """Return what it is after a power cut: what was saved, else as it left the factory."""
        kept = self.saved or factory
        return replace(kept, rates=dict(kept.rates), saved=self.saved)

    def style(self) -> Style:
        """How it writes with these settings."""
        return style_of(
            self.systems, self.beidou, modern=self.modern, gst=bool(self.rates["GST"]), signal=self.gsv_signal
        )
