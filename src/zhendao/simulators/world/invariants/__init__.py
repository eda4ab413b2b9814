"""What must be true of every history, whatever is done to it: one invariant a module, each with its name."""
