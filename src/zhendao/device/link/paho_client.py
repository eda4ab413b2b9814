"""paho's client without `urllib.request`: it is for proxies, the link has none, and http and email weigh 1 MB."""

from zhendao.command.sparing import load

load("paho.mqtt.client", without=("urllib.request",))

from paho.mqtt import client as paho  # noqa: E402 - what was loaded above, with its types

__all__ = ["paho"]
