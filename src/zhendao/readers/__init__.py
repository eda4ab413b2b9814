"""NFC readers and the tags they read. The edge: no decision about a visit is made here."""
