"""Tables of scheduled reports: from when each job is known, and the log of its runs."""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from zhendao.gateway.store.metadata import ROW_ID, metadata

REPORT_JOBS: Final = Table(
    "report_jobs",
    metadata,
    Column("job", String(32), primary_key=True),
    Column("since_ms", BigInteger, nullable=False),  # nothing before it was missed
)

REPORT_RUNS: Final = Table(
    "report_runs",
    metadata,
    Column("id", ROW_ID, primary_key=True),
    Column("job", String(32), nullable=False),
    Column("name", String(32), nullable=False),
    Column("due_ms", BigInteger, nullable=False),
    Column("began_ms", BigInteger, nullable=False),
    Column("ended_ms", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),  # done, failed, deleted: its files, for their age
    Column("tried", Integer, nullable=False),
    Column("rows", BigInteger),
    Column("files", Text, nullable=False),  # paths, as a JSON list
    Column("zh", String(400)),  # why it failed
    Column("en", String(400)),
    Index("ix_report_runs_job", "job", "due_ms", unique=True),
    Index("ix_report_runs_due_ms", "due_ms"),
)
