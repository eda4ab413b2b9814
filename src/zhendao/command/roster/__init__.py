"""Lists that people keep (homes, elders, caregivers, tokens, terminals): read from CSV and XLSX, checked row by row."""
