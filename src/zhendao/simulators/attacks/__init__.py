"""Attacks on tokens, played against the whole line: who notices which, and as what: ``zhendao-sim attacks``."""
