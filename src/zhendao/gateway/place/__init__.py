"""Where somebody was: fences, the verdict on a fix, and what a home's past fixes teach. Pure; nothing is fetched."""
