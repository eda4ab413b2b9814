"""The closed lists of words on the wire (docs/protocol.md section 3). A number that is not here is refused."""

from enum import STRICT, IntEnum, IntFlag


class Kind(IntEnum):
    """What an event is about."""

    BOOT = 1
    CLOCK = 2
    CHECK = 3
    TAP = 4
    UNDO = 5
    RATING = 6
    MEAL = 7
    SOS = 8
    DURESS = 9
    SENSOR = 10
    TAMPER = 11
    FIX = 12
    HEALTH = 13
    CONFIG = 14
    UPDATE = 15
    INCIDENT = 16
    HEARD = 17


CALLS = frozenset({Kind.SOS, Kind.DURESS, Kind.INCIDENT})
"""Kinds of event that call for help: they go ahead of everything else (docs/protocol.md section 6)."""


class ClockSource(IntEnum):
    """Where the terminal's wall time comes from, in rising trust."""

    UNSET = 0
    RTC = 1
    HOLDOVER = 2
    NTP = 3
    GNSS = 4


class Datum(IntEnum):
    """Geodetic datum of a coordinate; CGCS2000 and WGS-84 differ by less than a metre."""

    WGS84 = 1
    CGCS2000 = 2
    GCJ02 = 3
    BD09 = 4


class Constellation(IntFlag, boundary=STRICT):
    """Satellite systems that went into a fix."""

    GPS = 1
    GLONASS = 2
    GALILEO = 4
    BEIDOU = 8
    QZSS = 16
    NAVIC = 32


class FixSign(IntFlag, boundary=STRICT):
    """Signs of weakness, jamming or spoofing seen with a fix. Flags, never decisions."""

    WEAK = 1
    JUMP = 2
    UNIFORM_CN0 = 4
    HIGH_CN0 = 8
    TIME_DISAGREES = 16
    FROZEN = 32
    SIMULATOR = 64
    SOLUTIONS_DISAGREE = 128


class Role(IntEnum):
    """Whom or what a token stands for."""

    UNKNOWN = 0
    DOOR = 1
    CAREGIVER = 2
    ELDER = 3
    ENGINEER = 4


class Strength(IntEnum):
    """How hard a token is to copy."""

    UID = 0
    SIGNED = 1
    DYNAMIC = 2
    CHALLENGE = 3


class Technology(IntEnum):
    """Air interface and family of a token."""

    OTHER = 0
    NTAG21X = 1
    ISO14443A = 2
    ISO_DEP = 3
    NTAG424 = 4
    DESFIRE = 5
    CPU_CARD = 6
    FELICA = 7


class BootReason(IntEnum):
    """Why a start, and perhaps a new epoch, began."""

    FIRST = 1
    START = 2
    JOURNAL_DAMAGED = 3
    JOURNAL_MISSING = 4
    HEAD_MISMATCH = 5
    PLANNED = 6


class Placement(IntEnum):
    """Where a terminal works: a home, a station of an organisation, or carried along."""

    HOME = 1
    STATION = 2
    CARRIED = 3


class Mounting(IntEnum):
    """How the door tag is mounted: held to the terminal in turn, or glued behind it in its field."""

    CRADLE = 1
    WALL = 2


class Direction(IntEnum):
    """Check-in or check-out, as the terminal takes it; the gateway concludes."""

    IN = 1
    OUT = 2


class CheckFlag(IntFlag, boundary=STRICT):
    """What was odd about a check; recorded, never blocked."""

    FOREIGN_DOOR = 1
    ROLE_FROM_REGISTRY = 2
    TOKEN_EXPIRED = 4
    TAG_OPENED = 8
    DOOR_SPOILED = 16


class TapReason(IntEnum):
    """Why a token made no check."""

    UNKNOWN = 1
    REVOKED = 2
    FOREIGN = 3
    LONE = 4
    REPEATED = 5
    BLOCKLISTED = 6
    UNREADABLE = 7
    EXPIRED = 8
    FORGED = 9


class ClockReason(IntEnum):
    """Why a clock event was written."""

    ANCHOR = 1
    STEP = 2
    SOURCE_CHANGED = 3
    SOURCES_DISAGREE = 4


class SensorClass(IntEnum):
    """What a sensor senses."""

    DOOR_CONTACT = 1
    MATTRESS = 2
    MAINS = 3
    BATTERY = 4
    OTHER = 5
    SMOKE_OR_GAS = 6
    WATER = 7
    CALL_CORD = 8


class SensorCondition(IntEnum):
    """What a terminal makes of a sensor itself."""

    WELL = 0
    CHATTERING = 1
    STUCK = 2
    FLOODING = 3
    IMPLAUSIBLE = 4
    SILENT = 5


class AnswerState(IntEnum):
    """What has become of a call for help, as whoever called is told."""

    ARRIVED = 1
    RECEIVED = 2
    NOBODY_YET = 3
    ESCALATED = 4
    RESOLVED = 5
    FALSE_ALARM = 6


class HeardBy(IntFlag, boundary=STRICT):
    """By what a terminal has told the elder something."""

    VOICE = 1
    LIGHT = 2
    PAGE = 4


class TamperCause(IntEnum):
    """What was tampered with."""

    CASE = 1
    OFF_WALL = 2
    DOOR_TAG_CHANGED = 3
    READER = 4
    TAG_OPENED = 5
    DOOR_TAG_SPOILED = 6


class WatchReason(IntEnum):
    """Why a fixed terminal recorded its position."""

    WATCH = 1
    MOVED = 2
    SURVEY = 3


class PartState(IntEnum):
    """How a part of the terminal is."""

    ABSENT = 0
    WELL = 1
    WEAK = 2
    DOWN = 3


class HealthReason(IntEnum):
    """What moved a terminal to say how it is."""

    INTERVAL = 1
    CHANGE = 2


class Concern(IntFlag, boundary=STRICT):
    """What is the matter with a terminal, by its own thresholds."""

    DISK_LOW = 1
    HOT = 2
    POWER = 4
    MEMORY_LOW = 8
    READER_DOWN = 16
    CLOCK_UNSET = 32
    GNSS_UNPLUGGED = 64
    GNSS_SILENT = 128
    GNSS_UNREADABLE = 256
    GNSS_BABBLING = 512
    GNSS_JAMMED = 1024
    GNSS_SUSPECT = 2048


class ApplyResult(IntEnum):
    """What became of a configuration or an update."""

    APPLIED = 1
    REFUSED = 2
    ROLLED_BACK = 3
