"""From a failing story to a small one that fails in the same way."""
