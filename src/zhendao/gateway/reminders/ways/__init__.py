"""The ways by which people are reminded, each as its receiver wants it: what is posted, and what its answers mean."""
