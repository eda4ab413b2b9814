"""The log of accesses: who read what of whom, in a chain that cannot be edited unseen."""
