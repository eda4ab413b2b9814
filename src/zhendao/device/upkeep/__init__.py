"""What an engineer asks of a terminal: how it is, what is wrong with it, what its journal holds."""
