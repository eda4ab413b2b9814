"""Dispatch (通知): who is told of an alert by which channel, and what was sent, again and again, until it is there."""
