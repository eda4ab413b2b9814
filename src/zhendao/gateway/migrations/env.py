"""How Alembic runs our migrations: on the connection that `store.migrate` hands over, never on one of its own."""

from alembic import context

from zhendao.gateway.store.metadata import load_tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=load_tables(),
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
