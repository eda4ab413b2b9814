"""What is safe: the journal on disk, from a body to a synced row, and how it is found at start."""
