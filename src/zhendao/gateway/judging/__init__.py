"""Judging without a store: facts, registry and policy in, visits and findings out. Pure, but for `commands`."""
