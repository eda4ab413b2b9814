"""Ingest: verify, open, store and acknowledge. What decides is pure; `pipeline` alone touches the store."""
