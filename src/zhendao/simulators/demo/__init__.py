"""A whole day on one machine: broker, gateway, platform and three homes, all real processes: ``zhendao-sim demo``."""
