"""What the five commands share: language, exit codes, strict settings, tables. No decision of the product."""
