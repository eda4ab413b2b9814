"""Who judges a history: what is reported goes to the invariants, what stands at its end is written down."""
