"""Labels for door tags, cards and terminals: what stands on one, and sheets of them to print."""
