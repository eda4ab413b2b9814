"""Retention: how long each kind of data is kept, its deletion in small steps, and the receipts that prove it."""
