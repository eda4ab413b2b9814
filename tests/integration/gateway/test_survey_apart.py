"""The survey of everybody in a process of its own: beside the gateway's store, and what fails is tried again."""

from pathlib import Path

import pytest
from sqlalchemy import select

from samples.hamlet import hamlet
from samples.running import wait_until
from samples.site import Site
from zhendao.gateway.surveys import surveyor
from zhendao.gateway.surveys.apart import Apart
from zhendao.gateway.surveys.scopes import Scope
from zhendao.gateway.surveys.tables import ANOMALIES, UNSURVEYED

HOUR_MS = 3_600_000


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """Settings of a gateway whose store is that of the site, under the same key."""
    keys = tmp_path / "data/keys"
    keys.mkdir(parents=True)
    (keys / "store.key").write_bytes(bytes(32))
    file = tmp_path / "gateway.toml"
    file.write_text(
        f'data_dir = "{tmp_path}/data"\n[store]\nurl = "sqlite:///{tmp_path}/site/gateway.db"\n'
        '[broker]\nurl = "mqtts://broker.example:8883"\n[http]\nlisten = "127.0.0.1:8080"\n',
        encoding="utf-8",
    )
    return file


def kinds(site: Site) -> set[str]:
    with site.store.reading() as connection:
        rows = connection.execute(select(ANOMALIES.c.kind).where(ANOMALIES.c.scope == Scope.EVERYBODY)).scalars()
        return set(rows)


def waiting(site: Site) -> list[int]:
    with site.store.reading() as connection:
        due = select(UNSURVEYED.c.due_ms).where(UNSURVEYED.c.scope == Scope.EVERYBODY)
        return list(connection.execute(due).scalars())


def test_many_visits_are_looked_at_by_another_process(
    tmp_path: Path, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surveyor, "AT_ONCE_HERE", 0)
    site, sent = hamlet(tmp_path, seed=9, days=1)
    broken, apart = Apart(tmp_path / "nothing.toml"), Apart(settings)
    site.surveyor.apart = broken.start
    for at_ms, message in sent:
        site.take(message, now_ms=at_ms)
    over_ms = sent[-1].received_ms + 86_400_000
    site.settle(over_ms)
    assert (kinds(site), waiting(site)) == (set(), [over_ms + HOUR_MS])
    site.surveyor.apart = apart.start
    site.settle(over_ms + HOUR_MS)
    wait_until(lambda: waiting(site) == [], 180)
    broken.stop()
    apart.stop()
    # That process goes by its own clock, for which this may be long ago: what it does is looked at as of then.
    looked_at, found = site.surveyor.everybody(site.store, over_ms)
    assert (looked_at > 0, found > 0) == (True, True)
    assert "weak_token" in kinds(site)
    site.store.close()
