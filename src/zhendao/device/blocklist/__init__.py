"""The blocklist on the terminal: received, proved, kept, applied offline."""
