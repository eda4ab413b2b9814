"""The way to the gateway: what to send next, how it is packed, what its answers settle."""
