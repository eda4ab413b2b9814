"""A contactless card before a PC/SC reader: the card's side of vsmartcard's virtual reader (vpcd)."""
