"""What time it is, by which source, and how wrong that may be."""
