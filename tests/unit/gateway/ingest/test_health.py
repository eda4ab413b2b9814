"""The gateway keeps how terminals say they are: both versions of the body."""

from pathlib import Path

import pytest

from samples.site import Authority, Site
from zhendao.gateway.api.queries import Cut, Span, events_page
from zhendao.protocol.health import Counter, Health, HealthReport
from zhendao.protocol.jsonform import event_from_json
from zhendao.protocol.vocabulary import Concern, HealthReason, Kind, PartState

REPORT = HealthReport(
    HealthReason.CHANGE,
    Concern.HOT | Concern.POWER,
    uptime_s=9,
    machine_up_s=90,
    disk_free_kib=1 << 20,
    temperature_dc=812,
    throttled=0x50005,
    reader=PartState.WELL,
    gnss=PartState.ABSENT,
    unacknowledged=3,
    journal_kib=144,
    software="zhendao 1",
    wire_version=1,
    schema_version=1,
    kernel="Linux 6.1.0 aarch64",
    model="Raspberry Pi Zero 2 W Rev 1.0",
    counters=(Counter("batches", 7),),
)
EARLY = Health(9, 1 << 20, PartState.WELL, PartState.ABSENT, 3, software="zhendao 0", counters=())


@pytest.mark.parametrize("body", [REPORT, EARLY], ids=["version 2", "version 1"])
def test_it_is_kept_and_shown(tmp_path: Path, body: Health | HealthReport) -> None:
    authority = Authority()
    site, line = Site(tmp_path, authority), authority.terminal()
    line.add(body)
    site.take(line.message(1, 2))
    with site.store.reading() as connection:
        page = events_page(connection, site.key, device=line.device, kind=Kind.HEALTH, span=Span(), cut=Cut(9))
    (item,) = page.items
    assert item.event is not None
    assert event_from_json(item.event).body == body
    site.store.close()
