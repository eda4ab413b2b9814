"""What is wired to a terminal beside its reader: contacts, serial sensors, mains, battery; events when it matters."""
