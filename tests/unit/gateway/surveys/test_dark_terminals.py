"""When a terminal was dark is the same whether the store tells it or files do, so no visit is missed in the dark."""

from pathlib import Path

from samples.hamlet import facts_of, hamlet
from zhendao.gateway.judging.journal import Journal
from zhendao.gateway.surveys.telling import told_of
from zhendao.simulators.city.rates import Rates


def test_the_store_tells_the_same_dark_as_a_journal_of_files(tmp_path: Path) -> None:
    rates = Rates(caregivers=0, power_cuts=600, clock_lost=500, dead_readers=300, dead_links=300, lying_time=500)
    site, sent = hamlet(tmp_path, seed=5, days=2, caregivers=2, elders=10, rates=rates)
    for at_ms, message in sent:
        site.take(message, now_ms=at_ms)
    journals: dict[bytes, Journal] = {}
    with site.store.reading() as connection:
        for fact in facts_of(connection, site):
            journals.setdefault(fact.event.device, Journal(fact.event.device, 0)).take(fact)
        told = {
            device: told_of(connection, site.terminals.get(connection, device), (0, sent[-1].received_ms))
            for device in journals
        }
    assert {device: one.dark for device, one in told.items()} == {
        device: one.told().dark for device, one in journals.items()
    }
    dark = [one for several in told.values() for one in several.dark]
    assert {one.reader for one in dark} == {False, True}
    assert len(dark) > len(journals) // 2
