"""What is wired to a terminal beside its reader: contacts, serial sensors, mains and battery; each an event when it matters."""
