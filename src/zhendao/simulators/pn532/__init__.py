"""A PN532 on a high-speed UART, byte for byte on a pseudo-terminal, with tags that keep what is written."""
