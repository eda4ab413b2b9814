"""`zhendao-gateway survey`: look for what takes everybody's visits to see, beside a running gateway or without one."""

import argparse
import time
from pathlib import Path

from zhendao.command.output import emit_json, line
from zhendao.gateway.cases.casing import Casing
from zhendao.gateway.config import read_config
from zhendao.gateway.ingest.terminals import Terminals
from zhendao.gateway.registry.book import Current
from zhendao.gateway.store.opening import opened
from zhendao.gateway.surveys.surveyor import Surveyor
from zhendao.gateway.visits.drawing import least_of, policy_of
from zhendao.protocol.wording import Language, Text


def survey_command(arguments: argparse.Namespace, language: Language) -> int:
    """Survey everybody once; the gateway itself does it when a day is over."""
    config = read_config(Path(arguments.config))
    least = least_of(config.visits, config.tokens)
    policy = policy_of(config.visits, least, config.service, config.geofence, config.learning)
    with opened(config) as (store, key):
        surveyor = Surveyor(
            Casing(config.cases, key, hints=config.hints), Terminals(key), Current(), policy, config.surveys,
            config.visits.clock_s * 1000, config.hints,
        )  # fmt: skip
        visits, found = surveyor.everybody(store, time.time_ns() // 1_000_000)
    if arguments.json:
        emit_json({"visits": visits, "findings": found})
    else:
        said = Text(f"看过 {visits} 条上门记录，疑点 {found} 条", f"{visits} visits looked at, {found} findings")
        line(said.in_(language))
    return 0
