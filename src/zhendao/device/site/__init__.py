"""Where this terminal stands: fixes recorded at the installation, kept as figures, and watched afterwards."""
