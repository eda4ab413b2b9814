"""What an auditor runs; it trusts a root certificate and nothing else: ``zhendao-verify``."""
