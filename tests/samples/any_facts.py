"""Bodies and figures as nobody makes them well: at the ends of what the wire can carry, contradicting each other."""

from hypothesis import strategies as st

from samples.taps import check, token
from samples.witnessed import ANNA, BINA, MORNING_MS
from zhendao.protocol.bodies import (
    Body,
    Boot,
    Check,
    Clock,
    Fix,
    PositionWatch,
    Previous,
    Rating,
    Sos,
    Tamper,
    TokenRead,
    Undo,
)
from zhendao.protocol.vocabulary import (
    BootReason,
    CheckFlag,
    ClockReason,
    ClockSource,
    Constellation,
    Datum,
    Direction,
    FixSign,
    Mounting,
    Placement,
    Role,
    Strength,
    TamperCause,
    Technology,
    WatchReason,
)

OTHER = b"o" * 16
EPOCHS = (b"e" * 16, b"f" * 16)
FAR = 2**53
MOST = 2**64 - 1
LAST_MS = 32_503_679_999_999
seqs = st.integers(1, 9) | st.sampled_from([2**31, MOST])
walls = st.integers(0, 40).map(lambda hours: MORNING_MS + hours * 3_600_000) | st.sampled_from(
    [0, 1, MORNING_MS + 1, FAR, -FAR]
)
arrivals = st.integers(0, 40).map(lambda hours: MORNING_MS + hours * 3_600_000) | st.sampled_from([0, LAST_MS])
monos = st.integers(0, 40).map(lambda hours: hours * 3_600 * 10**9) | st.sampled_from([0, 1, MOST])
bounds = st.none() | st.sampled_from([0, 50, 10_000, 86_400_000, FAR])
figures = st.sampled_from([0, 1, 50, 10_000, 2**31, MOST])
fixes = st.builds(
    Fix,
    lat_e7=st.sampled_from([311_886_000, 311_900_000, 900_000_000, -900_000_000, 0]),
    lon_e7=st.sampled_from([1_214_365_000, 1_800_000_000, -1_800_000_000, 0]),
    datum=st.sampled_from(Datum),
    hacc95_dm=figures,
    age_ms=figures,
    epochs=figures,
    sats=figures,
    hdop_centi=figures,
    cn0_deci=st.none() | figures,
    constellations=st.just(Constellation.BEIDOU),
    signs=st.sampled_from([FixSign(0), FixSign.WEAK]),
    sigma_major_dm=st.none() | figures,
    sigma_minor_dm=st.none() | figures,
    orientation_deg=st.none() | st.integers(0, 179),
    gnss_ms=st.none() | st.sampled_from([FAR, -FAR]),
)
cards = st.sampled_from([ANNA, BINA, b"nobody-1"]).map(lambda uid: token(Role.CAREGIVER, uid))
doors = st.none() | st.builds(
    TokenRead,
    role=st.sampled_from(Role),
    strength=st.sampled_from(Strength),
    uid=st.just(b"door"),
    token_id=st.sampled_from([None, b"d" * 16]),
    rtts_us=st.just(()),
    mono_ns=figures,
    technology=st.sampled_from(Technology),
)
checks = st.builds(
    Check,
    door=doors,
    caregiver=cards,
    fix=st.none() | fixes,
    direction=st.sampled_from(Direction),
    placement=st.sampled_from(Placement),
    mounting=st.sampled_from(Mounting),
    opened_by=st.none() | seqs,
    flags=st.just(CheckFlag(0)),
)
boots = st.builds(
    Boot,
    nonce=st.just(bytes(16)),
    reason=st.sampled_from(BootReason),
    previous=st.none() | st.builds(Previous, epoch=st.sampled_from(EPOCHS), seq=seqs, head=st.just(bytes(32))),
    software=st.just("test"),
    placement=st.sampled_from(Placement),
    mounting=st.sampled_from(Mounting),
)
clocks = st.builds(
    Clock,
    reason=st.sampled_from(ClockReason),
    wall_ms=walls,
    bound_ms=st.sampled_from([0, 50, 10_000, 86_400_000, FAR]),
    source=st.sampled_from(ClockSource),
    mono_ns=monos,
    step_ms=st.none() | st.sampled_from([FAR, -FAR, 3_600_000]),
)
plain = st.sampled_from([check(Direction.IN), check(Direction.OUT, 2)])
bodies: st.SearchStrategy[Body] = st.one_of(
    plain, plain, checks, checks, boots, clocks,
    st.builds(Undo, target=seqs, caregiver=cards, confirmed_ns=figures),
    st.builds(Rating, score=st.integers(0, 100), button=st.just(1), refers_to=st.none() | seqs),
    st.builds(Tamper, cause=st.sampled_from(TamperCause), active=st.booleans()),
    st.builds(PositionWatch, fix=fixes, reason=st.sampled_from(WatchReason)),
    st.just(Sos(1, drill=False)),
)  # fmt: skip
