"""Bring the store's schema to this version, by Alembic, from within the program: no alembic.ini to carry along.

Promise: `upgrade` on a store of any earlier version ends with exactly the schema of `metadata`, or changes nothing.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError

from zhendao.gateway.errors import StoreError
from zhendao.gateway.store.engine import Store
from zhendao.protocol.wording import Text

_SCRIPTS = Path(__file__).resolve().parent.parent / "migrations"


def upgrade(store: Store) -> None:
    """Apply the migrations that the store has not seen, in one transaction."""
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
