"""What all tests share: generated input is judged by what it finds, not by how busy the machine is meanwhile."""

from hypothesis import HealthCheck, settings

settings.register_profile("zhendao", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("zhendao")
