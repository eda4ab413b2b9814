"""What the person before the terminal sees and hears."""
