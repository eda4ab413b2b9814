"""Meals of elders: what terminals signed and offices back-filled, which of it counts, and what is covered."""
