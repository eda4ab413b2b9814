"""A satellite receiver on a pseudo-terminal: ``zhendao-sim gnss``."""
