"""The elder's opinion: three buttons until the end of the day, and consent by the elder's own card."""
