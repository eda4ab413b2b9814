"""What an authority has: terminals, door tags, cards and certificates, and how each stands."""
