"""Who this terminal is: its keys, its certificate, and how it got them."""
