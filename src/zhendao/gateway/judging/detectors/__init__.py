"""The registry of detectors: one module each, one line each. To take one away, delete both, and its page.

``DETECTORS`` look at one visit, ``SURVEYS`` at all of them and at what terminals told of themselves.
"""

from typing import Final

from zhendao.gateway.judging.detectors import fork, gap, long, no_out, rollback, short, tamper
from zhendao.gateway.judging.findings import Detector, Survey

DETECTORS: Final[tuple[Detector, ...]] = (short.DETECTOR, long.DETECTOR, no_out.DETECTOR)
SURVEYS: Final[tuple[Survey, ...]] = (gap.SURVEY, fork.SURVEY, rollback.SURVEY, tamper.SURVEY)
