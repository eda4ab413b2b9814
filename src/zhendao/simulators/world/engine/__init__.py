"""What a world runs on: its clock, its chance, its processes, a suite that costs nothing."""
