"""Cases: one for each doubtful visit, heard from both sides and decided by people; corrections beside the facts."""
