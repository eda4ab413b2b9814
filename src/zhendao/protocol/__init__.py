"""The wire: what a terminal and a gateway both must know. Pure functions and frozen values; no IO at all."""
