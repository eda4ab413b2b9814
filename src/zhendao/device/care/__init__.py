"""The terminal's care of itself: which parts are alive, what the service manager hears, how the machine is."""
