"""`zhendao-gateway replay`: do the conclusions of this gateway follow from its facts?

Promise 4 is what it looks at. Nothing is changed, a running gateway goes on: what is compared is one view of its store.
The replay is made in a database among the temporary files, sealed under the same key, and removed.
"""

import argparse
import tempfile
import time
from pathlib import Path

from zhendao.command.output import emit_json, line, table
from zhendao.gateway.cases.casing import Casing
from zhendao.gateway.config import read_config
from zhendao.gateway.judging.measures import measures_of
from zhendao.gateway.store.engine import open_store
from zhendao.gateway.store.migrate import upgrade
from zhendao.gateway.store.opening import opened
from zhendao.gateway.tokens.noting import Tokens
from zhendao.gateway.tokens.opening import load_prover
from zhendao.gateway.visits.compare import Difference, differences
from zhendao.gateway.visits.replay import replay
from zhendao.protocol.wording import Language, Text


def replay_command(arguments: argparse.Namespace, language: Language) -> int:
    """Compare; 0 where everything is the same, 1 where it is not."""
    config = read_config(Path(arguments.config))
    now_ms = time.time_ns() // 1_000_000
    with opened(config) as (store, key), tempfile.TemporaryDirectory() as folder:
        into = open_store(f"sqlite:///{folder}/replay.db")
        try:
            upgrade(into)
            with store.reading() as standing:
                tokens = Tokens(key, load_prover(config, key), config.tokens, config.visits.clock_s * 1000)
                replay(
                    standing,
                    into,
                    key,
                    config.visits,
                    now_ms,
                    tokens=tokens,
                    policy=measures_of(config).policy,
                    beside=Casing(config.cases, key),
                )
                with into.reading() as again:
                    found = differences(standing, again, key, now_ms, forward=bool(config.forward))
        finally:
            into.close()
    if arguments.json:
        emit_json([{"table": d.table, "key": d.key, "stands": d.stands, "again": d.again} for d in found])
    elif found:
        head = Text("表 键 现存 重算", "table key stands again").in_(language).split()
        table(head, [_row(one) for one in found])
    else:
        line(Text("全部结论与重新推算一致", "every conclusion is the same again").in_(language))
    return 1 if found else 0


def _row(one: Difference) -> tuple[str, str, str, str]:
    return one.table, one.key[:_WIDTH], (one.stands or "–")[:_WIDTH], (one.again or "–")[:_WIDTH]


_WIDTH = 80
