"""The gateway's log that can only grow, its signed heads, and evidence of a visit in one file. rule: EVIDENCE."""
