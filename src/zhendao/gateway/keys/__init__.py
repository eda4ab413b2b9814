"""Data keys in use: rotated while everything runs, step by step, and the old ones destroyed at the end."""
