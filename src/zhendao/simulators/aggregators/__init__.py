"""Aggregators that take visits in formats of their own: servers that enforce what is published of each, and fail."""
