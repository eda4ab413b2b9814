"""The rows of the table of signals, room by room."""
