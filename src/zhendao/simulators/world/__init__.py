"""The world in a bottle: what decides in terminal and gateway, run on a simulated world from one seed."""
