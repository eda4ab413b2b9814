"""The line of a world: networks, connections, the broker, and both ends of the link."""
