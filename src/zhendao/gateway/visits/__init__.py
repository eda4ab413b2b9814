"""Visits: from checks to pairs, from pairs to judged records. What decides is pure; `conclude` reads and writes."""
