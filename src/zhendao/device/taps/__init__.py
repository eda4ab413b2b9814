"""What happens at the reader: tokens told, paired, guarded, undone; and what is recorded and shown of it."""
