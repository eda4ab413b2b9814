"""`zhendao-provision install`: one person brings one home into service, step by step, on a small screen."""
