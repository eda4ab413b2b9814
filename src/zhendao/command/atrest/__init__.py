"""What rests sealed in a gateway's store: the form of a sealed field, and which columns are sealed, bound to what.

The gateway seals and opens by it, and so does the escrow, which has its own key and a copy of the database alone.
"""
