"""What will be done to a world, as data: drawn from a seed, or written by a person."""
