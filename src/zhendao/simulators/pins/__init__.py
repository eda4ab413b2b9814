"""A board's pins without a board: contacts that are pressed over a socket, and lamps that are watched there."""
