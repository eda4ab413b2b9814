"""Contactless readers that the system's PC/SC service knows (pcsc-lite)."""
