"""Everything runs, everything fails at random, and in the end the books must balance: ``zhendao-sim soak``."""
