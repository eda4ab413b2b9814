"""Spoken prompts: what is said, from which recordings, how loud, and the child process that plays them."""
