"""What a gateway finds beside what `judge` finds of the same facts."""

from typing import Any

from sqlalchemy import select

from samples.hamlet import facts_of
from samples.site import Site
from zhendao.gateway.judging.judge import Judge, Judged
from zhendao.gateway.registry.current import Current
from zhendao.gateway.surveys.book import FOUND
from zhendao.gateway.surveys.tables import ANOMALIES

Found = dict[tuple[str, ...], dict[str, Any]]


def named(findings: list[dict[str, Any]]) -> Found:
    """Return ``findings`` by what they are about; how long ago a check-in was is as of when somebody looked."""
    found = {(one["kind"], str(one["visit_id"]), one["subject"]["what"], one["subject"]["id"]): one for one in findings}
    for one in found.values():
        if one["kind"] == "no_out":
            for name in ("measured", "off_by", "zh", "en"):
                del one[name]
    return found


def standing(site: Site) -> Found:
    """Return what the gateway finds now."""
    book = site.surveyor.findings
    with site.store.reading() as connection:
        rows = connection.execute(select(ANOMALIES).where(ANOMALIES.c.state == FOUND)).all()
        return named([book.said(row.id, row.record) for row in rows])


def judged(site: Site, at_ms: int) -> Judged:
    """Return what `judge` says of all that the store holds, as of then (UTC ms)."""
    measures = site.measures()
    with site.store.reading() as connection:
        registry = Current(site.key).at(connection)
        judge = Judge(registry, measures.policy, measures.clock_ms, hints=measures.hints, valid=measures.valid_rule)
        for fact in facts_of(connection, site):
            judge.take(fact)
    return judge.judged(at_ms)
