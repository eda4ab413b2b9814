"""Forwarding (上送): what the platform is owed, kept in the store until the platform itself has said that it has it."""
