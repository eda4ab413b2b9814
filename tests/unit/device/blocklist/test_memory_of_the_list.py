"""What 100,000 blocked tokens cost a terminal: two million bytes at most, as Python counts them."""

import gc
import tracemalloc
from pathlib import Path
from random import Random
from types import SimpleNamespace

from zhendao.device.blocklist.keeping import Keeper
from zhendao.device.files import HOST
from zhendao.protocol import blocklist
from zhendao.protocol.blocked_numbers import numbers
from zhendao.protocol.suite import SM

ENTRIES = 100_000


def test_a_hundred_thousand_entries_take_two_megabytes_at_most(tmp_path: Path) -> None:
    key, random = SM.new_signing_key(), Random(1)
    several = [random.randbytes(16) for _ in range(ENTRIES)]
    made = numbers(several)
    manifest = blocklist.manifest_of(SM, "bench", 7, 0, made)
    signed = blocklist.sign_manifest(key, bytes(32), manifest)
    who = SimpleNamespace(suite=SM, gateway=SM.verifying_key(key.spki), tenant="bench")
    keeper = Keeper(who, tmp_path, HOST)  # type: ignore[arg-type]  # what it asks of an identity
    keeper.replace(blocklist.Blocklist(manifest, signed, made))
    gc.collect()
    tracemalloc.start()
    held, why = keeper.load()
    gc.collect()
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert why is None
    assert held is not None
    assert taken <= 2_000_000
    assert all(one in held.numbers for one in several[::20])
    assert not any(random.randbytes(16) in held.numbers for _ in range(ENTRIES // 20))
