"""The tags that can be presented: one module each, and the list of their kinds."""
