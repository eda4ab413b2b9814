"""The store: facts as they were signed, conclusions drawn from them, and what is on its way to the platform."""
