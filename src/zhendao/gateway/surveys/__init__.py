"""What is found in all visits together, found by the running gateway: which surveys run when, and what they keep."""
