"""Who lives and cares in a world, and what they do at a reader."""
