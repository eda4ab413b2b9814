"""A history told: as a timeline, as a picture."""
