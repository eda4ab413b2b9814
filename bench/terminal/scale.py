"""How long and how much: the full run, and a quick one that shows that everything works."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scale:
    """Seconds, events, and events a second."""

    idle_s: float = 30
    settle_s: float = 8
    """Left alone after the start, before idleness is measured."""
    backlog: int = 50_000
    ingest_rate: float = 1_000
    before_s: float = 10
    """A fault comes so long after events have begun to flow; they go on as long after it."""
    broker_away_s: float = 40
    broker_rate: float = 100
    half_open_s: float = 60
    half_open_rate: float = 50
    kill_rate: float = 500
    kills: int = 3
    disk_events: int = 40_000
    disk_watch_s: float = 20
    quiet_s: float = 45
    """What has not arrived when nothing new has come for so long is lost."""


FULL = Scale()
QUICK = Scale(
    idle_s=1, settle_s=0.5, backlog=500, before_s=0.5, broker_away_s=1, half_open_s=1, kills=1, disk_events=300,
    disk_watch_s=0.5, quiet_s=20,
)  # fmt: skip
