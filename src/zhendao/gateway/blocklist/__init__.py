"""The blocklist at the gateway: who is on it, its versions, and how it reaches every terminal."""
