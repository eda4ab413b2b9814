"""A terminal of a world: its power, clocks, reader, receiver and disk, and the real agent on them."""
