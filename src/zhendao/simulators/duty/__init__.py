"""The duty desk's side (值班): who is told of alerts over HTTP, and the seat that answers them."""
