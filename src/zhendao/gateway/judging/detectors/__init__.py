"""The registry of detectors: one module each, one line each. To take one away, delete both."""

from typing import Final

from zhendao.gateway.judging.detectors import long, no_out, short
from zhendao.gateway.judging.findings import Detector

DETECTORS: Final[tuple[Detector, ...]] = (short.DETECTOR, long.DETECTOR, no_out.DETECTOR)
