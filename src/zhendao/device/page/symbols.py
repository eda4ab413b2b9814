"""The signs of a page in a few characters that every terminal has: for bars, small screens and logs. No two alike."""

from __future__ import annotations

from zhendao.device.page.values import Shape

SYMBOLS: dict[Shape, str] = {
    Shape.READY: "(o)",
    Shape.CARD: "[=]",
    Shape.DOOR: "[.]",
    Shape.IN: "->|",
    Shape.OUT: "|->",
    Shape.REMARK: "[!]",
    Shape.AGAIN: "(v)",
    Shape.UNDO: "<-'",
    Shape.CROSS: "XXX",
    Shape.SENT: "^^^",
    Shape.ACCEPTED: "vvv",
    Shape.OFFLINE: "~/~",
    Shape.NO_READER: "[/]",
    Shape.NO_TERMINAL: "{/}",
    Shape.BELL: "(A)",
    Shape.BELL_SENT: "A>v",
    Shape.PERSON: "\\o/",
    Shape.HOURGLASS: "...",
    Shape.PHONE: "120",
    Shape.INCIDENT: "/!\\",
    Shape.DRILL: ":#:",
    Shape.MEAL: "\\_/",
    Shape.LOCK: "n[]",
    Shape.PLUG: "=D-",
    Shape.BATTERY: "[ ]",
    Shape.SENSOR: "(/)",
    Shape.BUTTON: "_v_",
    Shape.SHIELD: "<v>",
    Shape.CLOCK: "(L)",
    Shape.NUMBER: "#12",
    Shape.STARS: ":-)",
}
"""Each shape has its row; a test holds that."""
