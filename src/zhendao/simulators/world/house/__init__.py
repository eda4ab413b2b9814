"""The gateway of a world: its process, its store, and the platform that it forwards to."""
