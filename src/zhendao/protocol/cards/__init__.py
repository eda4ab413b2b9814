"""What terminal, gateway, card writer and simulated card must agree on about cards: keys, messages, evidence. Pure."""
