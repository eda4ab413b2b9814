"""The history of the store's schema, one revision a file, for Alembic."""
