"""Keys, certificates, terminals, cards: what a field engineer does: ``zhendao-provision``."""
