"""What tokens prove: custody of the card master keys, verification of evidence, counters, and who is told."""
