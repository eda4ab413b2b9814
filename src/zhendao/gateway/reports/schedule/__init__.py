"""Reports that are made by themselves, at times of the day, into folders. See docs/reports.md."""
