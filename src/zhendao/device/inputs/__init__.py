"""What a hand, a contact or a switch does to an electrical line, and what was meant by it."""
