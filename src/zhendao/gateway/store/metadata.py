"""The one MetaData of the gateway's store, and the list of the modules that put tables into it.

Each owner keeps his tables in a module of his own and adds its name here; migrations are proved equal to this.
"""

from importlib import import_module
from typing import Any

from sqlalchemy import BigInteger, Integer, MetaData
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only for a column of type INTEGER.
ROW_ID: TypeEngine[Any] = BigInteger().with_variant(Integer, "sqlite")

TABLE_MODULES = (
    "zhendao.gateway.store.facts",
    "zhendao.gateway.store.conclusions",
    "zhendao.gateway.store.binding",
    "zhendao.gateway.store.numbers",
    "zhendao.gateway.store.ring",
    "zhendao.gateway.store.unsealed",
    "zhendao.gateway.forward.tables",
    "zhendao.gateway.registry.tables",
    "zhendao.gateway.api.tables",
    "zhendao.gateway.accesses.tables",
    "zhendao.gateway.tokens.tables",
    "zhendao.gateway.blocklist.tables",
    "zhendao.gateway.enrolment.tables",
    "zhendao.gateway.alerts.tables",
    "zhendao.gateway.alerts.dispatch.tables",
    "zhendao.gateway.cases.tables",
    "zhendao.gateway.surveys.tables",
    "zhendao.gateway.evidence.tables",
    "zhendao.gateway.meals.tables",
    "zhendao.gateway.retention.tables",
    "zhendao.gateway.reminders.tables",
    "zhendao.gateway.reports.schedule.tables",
)


def load_tables() -> MetaData:
    """Import every module that declares tables and return the complete MetaData."""
    for name in TABLE_MODULES:
        import_module(name)
    return metadata
