"""A connector for ThingsBoard IoT Gateway that sends what `feeder` offers; runs inside the peer, in the peer's Python.

Written from its page on custom connectors: a class with the methods below, found in extensions/bench by its name. An
event is accepted when `send_to_storage` says so. Each has a time of its own: of one device and one time, one is kept.
"""

import os
import sys
import threading

from thingsboard_gateway.connectors.connector import Connector
from thingsboard_gateway.gateway.entities.converted_data import ConvertedData
from thingsboard_gateway.gateway.entities.datapoint_key import DatapointKey
from thingsboard_gateway.gateway.entities.telemetry_entry import TelemetryEntry
from thingsboard_gateway.gateway.statistics.statistics_service import StatisticsService  # noqa: F401 - loads what it needs

sys.path.insert(0, os.environ["BENCH_TERMINAL"])
import feeder

DEVICES = 10
PAD = "x" * 400
BEGAN_MS = 1_790_000_000_000


class BenchConnector(threading.Thread, Connector):
    """One connector; its thread has nothing to do, the feeder has one of its own."""

    def __init__(self, gateway, config, connector_type):
        super().__init__(daemon=True)
        self.name = config["name"]
        self._gateway, self._config, self._type = gateway, config, connector_type
        self._accepted = feeder.Accepted(os.environ["BENCH_ACCEPTED"])
        self._stopped = False

    def open(self):
        """Begin to listen."""
        feeder.serve(os.environ["BENCH_SOCKET"], self._offer)
        self.start()

    def run(self):
        """Nothing: events come from the feeder's thread."""

    def _offer(self, number):
        data = ConvertedData(device_name=f"device-{number % DEVICES}", device_type="default")
        values = {DatapointKey("seq"): number, DatapointKey("pad"): PAD}
        data.add_to_telemetry(TelemetryEntry(values, BEGAN_MS + number))
        status = self._gateway.send_to_storage(self.name, self.get_id(), data)
        if status.name == "SUCCESS":
            self._accepted.note(str(number))

    def close(self):
        """Stop."""
        self._stopped = True

    def get_id(self):
        """Return the id of the configuration."""
        return self._config.get("id", "bench")

    def get_name(self):
        """Return the name."""
        return self.name

    def get_type(self):
        """Return the type."""
        return self._type

    def get_config(self):
        """Return the configuration."""
        return self._config

    def is_connected(self):
        """Tell whether it works."""
        return not self._stopped

    def is_stopped(self):
        """Tell whether it was stopped."""
        return self._stopped

    def on_attributes_update(self, content):
        """Take no attributes."""

    def server_side_rpc_handler(self, content):
        """Take no calls."""
