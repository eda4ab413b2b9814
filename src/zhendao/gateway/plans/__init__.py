"""Which visits are planned today, and how each terminal hears of those of its home."""
