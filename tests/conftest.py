"""What all tests share: generated input is judged by what it finds, not by how busy the machine is meanwhile.

A shell that starts the suite in the background lets it, and all that it starts, ignore interrupts; the commands under
test are to take them as in the hands of a person.
"""

import signal

from hypothesis import HealthCheck, settings

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("zhendao", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("zhendao")
