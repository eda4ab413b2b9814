"""How a terminal reaches its authority through the gateway: requests wait here, and answers lie ready."""
