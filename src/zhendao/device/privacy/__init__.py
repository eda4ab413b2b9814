"""What is stored here about people, in plain words: counted as it is recorded, told to whoever asks."""
