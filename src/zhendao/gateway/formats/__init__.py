"""Formats (格式): the same visit in the words of each platform, by mapping files that a person can read and change."""
