"""Meals at a canteen or from a delivery bag: settings, double taps, the event."""
