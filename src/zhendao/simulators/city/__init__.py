"""The reference city: people, homes, rounds and frauds of which the whole truth is known, and what terminals saw."""
