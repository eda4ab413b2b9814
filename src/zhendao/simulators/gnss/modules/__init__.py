"""How receivers of four families understand the configuration that a host sends them, byte for byte."""
