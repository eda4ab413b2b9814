"""Cards with EV2 secure messaging: NTAG 424 DNA (also with TagTamper) and one like DESFire EV2."""
