"""The SM4 CPU card: a card operating system with folders, keys and files in the manner of PBOC 2.0 and FMCOS."""
