"""A terminal's disk in memory: it loses power, tears writes, fills up, fails, and can be copied; with SQLite on it."""
