"""Reminders (催打卡): who has not checked in, who is told of it, when, by which way, and never once too often."""
