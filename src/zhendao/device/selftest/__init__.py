"""The self-test of an installation: each part tried for real, each within its time."""
