"""Bring the store's schema to this version, by Alembic, from within the program: no alembic.ini to carry along.

Promise: `upgrade` on a store of any earlier version ends with exactly the schema of `metadata`, or changes nothing.
Alembic is loaded only where there is something to do: it would stay in memory for as long as the gateway runs.
"""

from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from zhendao.gateway.errors import StoreError
from zhendao.gateway.store.engine import Store
from zhendao.protocol.wording import Text

NEWEST: Final = "0034"
"""The revision that the code is written for."""

_SCRIPTS = Path(__file__).resolve().parent.parent / "migrations"


def upgrade(store: Store) -> None:
    """Apply the migrations that the store has not seen, in one transaction."""
    if _revision(store) == NEWEST:
        return
    from alembic import command  # noqa: PLC0415 - see above
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util.exc import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    try:
        with store.writing() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError as error:
        raise StoreError(
            Text(f"数据库版本无法升级：{error}", f"the store's schema cannot be brought up to date: {error}"),
            Text("数据库可能来自更新的版本", "the database may come from a newer version of Zhendao"),
        ) from error


def _revision(store: Store) -> str | None:
    """Return which revision the store has, None where it is new (or cannot be asked: then `upgrade` says why)."""
    try:
        with store.engine.connect() as connection:
            found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DBAPIError:
        return None
    return str(found) if found is not None else None
