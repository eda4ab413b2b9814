"""What is said to the outside over HTTP, by whoever says it: one request, and what came of it."""
