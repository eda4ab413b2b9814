"""An installation on paper: the survey held against the address, acceptance, and its certificate."""
