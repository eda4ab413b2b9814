"""From the bytes of a satellite receiver to a place and a time, each with its error. Pure, but for `serial_source`."""
