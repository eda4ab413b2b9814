"""The status page: what the terminal says to whoever looks at its display. A process of its own."""
