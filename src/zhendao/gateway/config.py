"""The gateway's settings file: what can be set, and what holds when nothing is said.

A file with ``data_dir``, ``[store] url``, ``[broker] url`` and ``[http] listen`` is complete. Thresholds of the rules
are settings and never constants in code; those that the sources do not give are marked (assumed) in docs/gateway.md.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from zhendao.command import settings
from zhendao.command.errors import SettingsError
from zhendao.command.kinds import (
    Address,
    BadValueError,
    Choice,
    File,
    Integer,
    Listen,
    Switch,
    Url,
    is_loopback,
)
from zhendao.gateway.alerts.dispatch.settings import problems_of
from zhendao.gateway.alerts.settings import AlertsTable
from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.forward import settings as forwarding
from zhendao.gateway.judging.deadlines import OverdueTable
from zhendao.gateway.judging.hints import Hints
from zhendao.gateway.judging.share import TogetherTable
from zhendao.gateway.judging.valid import ValidTable
from zhendao.gateway.meals.settings import MealsTable
from zhendao.gateway.place.settings import GeofenceTable, LearningTable
from zhendao.gateway.reminders import settings as reminding
from zhendao.gateway.reports.schedule import settings as scheduled
from zhendao.gateway.retention.settings import RetentionTable
from zhendao.gateway.surveys.settings import SurveysTable
from zhendao.gateway.visits.services import ServiceTable
from zhendao.protocol.wording import Text


@dataclass(frozen=True)
class StoreUrl:
    """An SQLAlchemy URL of a database that the gateway knows."""

    def take(self, value: Any, folder: Path) -> str:
        """Return the URL with an absolute path; a relative one is relative to the folder of the settings file."""
        refusal = BadValueError(
            Text(
                "须是 sqlite:/// 加文件路径，如 sqlite:////var/lib/zhendao/gateway.db",
                "must be sqlite:/// and the path of a file, such as sqlite:////var/lib/zhendao/gateway.db",
            )
        )
        if not isinstance(value, str):
            raise refusal
        try:
            url = make_url(value)
        except ArgumentError:
            raise refusal from None
        database = url.database or ""
        if url.drivername not in {"sqlite", "sqlite+pysqlite"} or url.query or url.host or url.username:
            raise refusal
        if not database or database.startswith((":", "file:")) or database.endswith("/"):
            raise refusal
        return str(url.set(database=str(File().take(database, folder))))


@dataclass(frozen=True)
class StoreTable:
    """Where facts and conclusions are kept."""

    url: Annotated[str, StoreUrl()]


@dataclass(frozen=True)
class BrokerTable:
    """The MQTT broker; the TLS files are those of ``data_dir/keys`` unless given."""

    url: Annotated[str, Url("mqtts", "mqtt")]
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    calls_certificate: Path | None = None
    calls_key: Path | None = None


@dataclass(frozen=True)
class HttpTable:
    """The HTTP interface; without a certificate it listens on this machine only."""

    listen: Annotated[Address, Listen()]
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True)
class IngestTable:
    """How messages are taken."""

    gap_grace_s: Annotated[int, Integer(0, 86_400)] = 120


STRENGTHS = ("uid", "signed", "dynamic", "challenge")


@dataclass(frozen=True)
class VisitsTable:
    """Thresholds of pairing and judgement; rules TIME, LOCATION, TWO-TOKENS, RATING. Times in seconds.

    ``least_rating``: an opinion below it is flagged. Days are local, ``utc_offset_min`` east of Greenwich.
    """

    min_s: Annotated[int, Integer(0, 86_400)] = 3_600
    max_s: Annotated[int, Integer(1, 172_800)] = 28_800
    open_at_most_s: Annotated[int, Integer(1, 172_800)] = 57_600
    doubled_within_s: Annotated[int, Integer(0, 3_600)] = 60
    resumed_within_s: Annotated[int, Integer(0, 3_600)] = 300
    clock_s: Annotated[int, Integer(0, 3_600)] = 10
    least_strength: Annotated[str, Choice(*STRENGTHS)] = "signed"
    least_rating: Annotated[int, Integer(0, 100)] = 60
    utc_offset_min: Annotated[int, Integer(-720, 840)] = 480


@dataclass(frozen=True)
class TokensTable:
    """What tokens must prove, and who is given their keys; rule TWO-TOKENS.

    ``least_door`` and ``least_caregiver`` are as ``least_strength`` of [visits] where nothing is said.
    """

    least_door: Annotated[str | None, Choice(*STRENGTHS)] = None
    least_caregiver: Annotated[str | None, Choice(*STRENGTHS)] = None
    jump_at_most: Annotated[int, Integer(0, 1_000_000)] = 32
    jump_a_day: Annotated[int, Integer(0, 10_000)] = 16
    one_reading_s: Annotated[int, Integer(0, 3_600)] = 60
    slow_one_in: Annotated[int, Integer(20, 500)] = 200
    slow_after: Annotated[int, Integer(20, 500)] = 100
    slow_by_ms: Annotated[int, Integer(0, 60_000)] = 5
    slow_far_ms: Annotated[int, Integer(0, 60_000)] = 25
    keys_an_hour: Annotated[int, Integer(1, 10_000)] = 300
    live: Annotated[bool, Switch()] = False


@dataclass(frozen=True)
class BlocklistTable:
    """What is on the blocklist, and how fast it spreads: terminals and KiB a second; rule BLOCKLIST.

    ``ended``: tokens whose registration has ended are on it. ``retry_s``: who has not answered is sent it again.
    """

    ended: Annotated[bool, Switch()] = True
    terminals_s: Annotated[int, Integer(1, 1_000)] = 50
    kib_s: Annotated[int, Integer(64, 1_048_576)] = 4_096
    retry_s: Annotated[int, Integer(10, 86_400)] = 300


@dataclass(frozen=True)
class GatewayConfig:
    """Everything that can be set."""

    data_dir: Path
    store: StoreTable
    broker: BrokerTable
    http: HttpTable
    forward: tuple[forwarding.ForwardTable, ...] = ()
    ingest: IngestTable = field(default_factory=IngestTable)
    visits: VisitsTable = field(default_factory=VisitsTable)
    tokens: TokensTable = field(default_factory=TokensTable)
    blocklist: BlocklistTable = field(default_factory=BlocklistTable)
    alerts: AlertsTable = field(default_factory=AlertsTable)
    remind: tuple[reminding.RemindTable, ...] = ()
    cases: CasesTable = field(default_factory=CasesTable)
    valid: ValidTable = field(default_factory=ValidTable)
    overdue: OverdueTable = field(default_factory=OverdueTable)
    together: TogetherTable = field(default_factory=TogetherTable)
    surveys: SurveysTable = field(default_factory=SurveysTable)
    hints: Hints = field(default_factory=Hints)
    service: tuple[ServiceTable, ...] = ()
    geofence: GeofenceTable = field(default_factory=GeofenceTable)
    learning: LearningTable = field(default_factory=LearningTable)
    meals: MealsTable = field(default_factory=MealsTable)
    retention: RetentionTable = field(default_factory=RetentionTable)
    report: tuple[scheduled.ReportTable, ...] = ()

    @property
    def keys(self) -> Path:
        """Where the gateway's keys are."""
        return self.data_dir / "keys"


def read_config(path: Path) -> GatewayConfig:
    """Read and check the settings file; raises `SettingsError` with every problem, before anything is opened."""
    config = settings.read(path, GatewayConfig)
    problems: list[Text] = []
    if (config.http.certificate is None) != (config.http.key is None):
        problems.append(
            Text(f"{path}: [http]: certificate 与 key 须一起给出", f"{path}: [http]: certificate and key go together")
        )
    elif config.http.certificate is None and not is_loopback(config.http.listen.host):
        problems.append(
            Text(
                f"{path}: [http]: listen 无证书时只准监听本机地址，不能是 {config.http.listen.host}",
                f"{path}: [http]: listen must be a loopback address without a certificate, "
                f"not {config.http.listen.host}",
            )
        )
    problems += forwarding.problems_of(config.forward, path)
    problems += problems_of(config.alerts.channel, path)
    problems += reminding.problems_of(config.remind, path)
    problems += scheduled.problems_of(config.report, path)
    if problems:
        raise SettingsError(problems)
    return config
