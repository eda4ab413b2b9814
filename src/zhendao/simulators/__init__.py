"""Hardware and platforms that cannot be had in CI, byte for byte, each a process: ``zhendao-sim``."""
