"""Ways by which a format reaches its platform: what its protocol asks for beyond the words of records."""
