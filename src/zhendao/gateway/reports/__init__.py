"""Reports as offices know them: pure rows, one layout, files to print and to hand on. See docs/reports.md."""
