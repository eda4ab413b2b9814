"""Alerts: what needs a person now, who has been told, who answers, and what the elder hears of it."""
