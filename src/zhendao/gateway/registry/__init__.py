"""The registry (登记): who and what is where, and from when to when; loaded from tables that people keep."""
