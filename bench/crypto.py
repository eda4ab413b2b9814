"""What cryptography costs: each operation of both suites a second, with one thread and with two.

    python bench/crypto.py

Verification lets go of the interpreter lock: with two cores two threads should come near twice the figure.
"""

import threading
import time
from collections.abc import Callable

from zhendao.protocol.suite import INTL, SM, Suite

SECONDS = 0.7
EVENT = bytes(500)
KEY, NONCE = bytes(16), bytes(12)


def rate(work: Callable[[], object], threads: int = 1) -> float:
    """Return how often a second ``work`` is done by all threads together."""
    done = [0] * threads
    end = time.perf_counter() + SECONDS

    def run(index: int) -> None:
        while time.perf_counter() < end:
            work()
            done[index] += 1

    started = [threading.Thread(target=run, args=(index,)) for index in range(threads)]
    for one in started:
        one.start()
    for one in started:
        one.join()
    return sum(done) / SECONDS


def operations(suite: Suite) -> dict[str, Callable[[], object]]:
    """Return what is measured."""
    signer, unwrapper = suite.new_signing_key(), suite.new_unwrapping_key()
    signature, verifier = signer.sign(EVENT), suite.verifying_key(signer.spki)
    wrapper = suite.wrapping_key(unwrapper.spki)
    wrapped, sealed = wrapper.wrap(EVENT[:120]), suite.seal(KEY, NONCE, b"", EVENT)
    return {
        "sign": lambda: signer.sign(EVENT),
        "verify": lambda: verifier.verify(EVENT, signature),
        "wrap": lambda: wrapper.wrap(EVENT[:120]),
        "unwrap": lambda: unwrapper.unwrap(wrapped),
        "seal 500 B": lambda: suite.seal(KEY, NONCE, b"", EVENT),
        "open 500 B": lambda: suite.open(KEY, NONCE, b"", sealed),
        "hash 500 B": lambda: suite.hash(EVENT),
    }


def main() -> None:
    """Print one line for each operation."""
    print(f"{'operation, a second':<24}{'1 thread':>10}{'2 threads':>11}")
    for suite in (SM, INTL):
        for name, work in operations(suite).items():
            print(f"{suite.name + ' ' + name:<24}{rate(work):>10,.0f}{rate(work, 2):>11,.0f}")


if __name__ == "__main__":
    main()
