"""Make the vectors of enrolment anew: ``PYTHONPATH=src:tests python -m samples.make_enrolment_vectors FOLDER``.

FOLDER is ``tests/data/vectors``. Keys and signatures are random, so each run gives other bytes. The TLS certificates
(fields 16 and 17) are empty sequences: nothing here looks into them.
``tests/unit/protocol/test_enrolment_vectors.py`` checks the rest with an implementation that shares no code.
"""

import json
import sys
from pathlib import Path

from samples.family import NOW_S, make_family
from zhendao.protocol.enrolment import code_of_request, sign_answer
from zhendao.protocol.suite import INTL, SM


def main(folder: Path) -> None:
    for suite in (SM, INTL):
        family = make_family(suite)
        vector = {
            "device": family.answer.device.hex(),
            "request": family.request.hex(),
            "request_code": code_of_request(family.request, suite),
            "answer": sign_answer(family.answer, family.issuing_key).hex(),
            "certificate_id": family.terminal.id.hex(),
            "valid_at_s": NOW_S,
        }
        (folder / suite.name / "enrolment.json").write_text(json.dumps(vector, indent=1) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
