"""Calls for help: recorded before anything is said, followed until somebody has answered, and told truly meanwhile."""
