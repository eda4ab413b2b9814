"""What a file of evidence about one visit proves, part by part, to whoever trusts a root certificate alone."""
