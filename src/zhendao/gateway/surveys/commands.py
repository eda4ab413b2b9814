"""`zhendao-gateway survey`: look for what takes everybody's visits to see, beside a running gateway or without one."""

import argparse
import time
from pathlib import Path

from zhendao.command.output import emit_json, line
from zhendao.gateway.cases.casing import Casing
from zhendao.gateway.config import read_config
from zhendao.gateway.ingest.terminals import Terminals
from zhendao.gateway.judging.measures import measures_of
from zhendao.gateway.registry.current import Current
from zhendao.gateway.store.opening import opened
from zhendao.gateway.surveys.surveyor import Surveyor
from zhendao.protocol.wording import Language, Text


def survey_command(arguments: argparse.Namespace, language: Language) -> int:
    """Survey everybody once; the gateway itself does it when a day is over."""
    config = read_config(Path(arguments.config))
    with opened(config) as (store, key):
        casing = Casing(config.cases, key, hints=config.hints)
        surveyor = Surveyor(casing, Terminals(key), Current(key), measures_of(config))
        visits, found = surveyor.everybody(store, time.time_ns() // 1_000_000)
    if arguments.json:
        emit_json({"visits": visits, "findings": found})
    else:
        said = Text(f"看过 {visits} 条上门记录，疑点 {found} 条", f"{visits} visits looked at, {found} findings")
        line(said.in_(language))
    return 0
