"""Cards and door tags with their keys, as a gateway's tests read them: each answers as the real one does on the wire.

Made from the protocol alone; the chips themselves are simulated in `zhendao.simulators.pn532.tags`.
"""

from dataclasses import dataclass, field
from secrets import token_bytes

from samples.site import Terminal
from zhendao.gateway.tokens.masters import Master
from zhendao.gateway.tokens.proving import Prover
from zhendao.protocol.bodies import Check, TokenRead
from zhendao.protocol.cards.challenge import Ground, Scheme, challenge_of, make_challenge, sm4_answer
from zhendao.protocol.cards.diversify import CPU_ANSWER_KEY, CardKeys, Masters, card_keys
from zhendao.protocol.cards.evidence import Answer, Evidence, Grounded, encode_evidence
from zhendao.protocol.cards.sdm import PiccData, mirror
from zhendao.protocol.cards.sun import NONCE_AT, SUN_AT, SUN_END, ndef_file, nonce_text, sun_settings
from zhendao.protocol.keys import SigningKey, Suite
from zhendao.protocol.suite import INTL
from zhendao.protocol.token import sign_token
from zhendao.protocol.vocabulary import CheckFlag, Direction, Mounting, Placement, Role, Strength, Technology

DAY_S = 1_790_000_000
YEAR_S = 365 * 86_400


@dataclass
class Issuer:
    """A tenant's token issuer and its card master keys."""

    suite: Suite = INTL
    versions: int = 1

    def __post_init__(self) -> None:
        self.key: SigningKey = self.suite.new_signing_key()
        self.masters = [
            Master(Masters(version, token_bytes(16), token_bytes(16)), 0) for version in range(1, self.versions + 1)
        ]

    def prover(self) -> Prover:
        """Return what proves the tokens made here."""
        return Prover({self.key.key_id: self.suite.verifying_key(self.key.spki)}, lambda: self.masters)

    def record(self, role: Role, uid: bytes, token_id: bytes) -> bytes:
        """Return a signed record that is valid for years."""
        return sign_token(self.key, role, token_id, uid, DAY_S - YEAR_S, DAY_S + 5 * YEAR_S)


@dataclass
class Tag:
    """A card or door tag in somebody's hand. ``counter``: of its reading sessions."""

    issuer: Issuer
    role: Role
    uid: bytes = field(default_factory=lambda: b"\x04" + token_bytes(6))
    technology: Technology = Technology.NTAG424
    loop: bytes | None = None
    """The two letters of its TagTamper loop, where it has one."""
    counter: int = 0
    version: int = 1

    def __post_init__(self) -> None:
        self.token_id = token_bytes(16)
        self.record = self.issuer.record(self.role, self.uid, self.token_id)

    @property
    def keys(self) -> CardKeys:
        return card_keys(self.issuer.masters[self.version - 1].keys, self.technology, self.uid)

    def sun(self, challenge: bytes | None = None) -> bytes:
        """Return the text that one more reading session shows, with ``challenge`` written into its window."""
        self.counter += 1
        file = bytearray(ndef_file(self.record))
        if challenge is not None:
            file[NONCE_AT : NONCE_AT + 32] = nonce_text(challenge)
        sdm = sun_settings(tamper=self.loop is not None).sdm
        assert sdm is not None
        shown = mirror(
            bytes(file), sdm, self.keys.keys, PiccData(self.uid, self.counter), token_bytes(5), self.loop or b"II"
        )
        return shown[SUN_AT:SUN_END]

    def read(self, evidence: Evidence | None, mono_ns: int, rtts_us: tuple[int, ...] = (), **more: object) -> TokenRead:
        """Return what a terminal says that it read at ``mono_ns``."""
        strength = Strength.DYNAMIC if self.technology is Technology.NTAG424 else Strength.CHALLENGE
        if evidence is None:
            proof: bytes | None = self.record
            strength = Strength.SIGNED
        else:
            proof = encode_evidence(evidence)
        said = {"role": self.role, "strength": strength, "token_id": self.token_id, "proof": proof, **more}
        return TokenRead(uid=self.uid, rtts_us=rtts_us, mono_ns=mono_ns, technology=self.technology, **said)  # type: ignore[arg-type]


def grounded(line: Terminal, beacon: bytes | None = None) -> Grounded:
    """Return a ground on the newest event of ``line``, with fresh bytes."""
    seq = len(line.items)
    return Grounded(seq, line.heads[seq], token_bytes(16), beacon)


def challenge_on(line: Terminal, ground: Grounded) -> bytes:
    """Return the challenge of ``ground`` at the terminal of ``line``."""
    whole = Ground(line.device, line.epoch, ground.seq, ground.head, ground.beacon)
    return make_challenge(line.suite, whole, ground.fresh)


def fresh(tag: Tag, line: Terminal, mono_ns: int, beacon: bytes | None = None, **more: object) -> TokenRead:
    """Return an honest reading of ``tag`` at the terminal of ``line``, with a challenge."""
    ground = grounded(line, beacon)
    challenge = challenge_on(line, ground)
    if tag.technology is Technology.NTAG424:
        evidence = Evidence(tag.record, tag.sun(challenge), ground)
    else:
        scheme = Scheme.SM4_16
        answer = sm4_answer(tag.keys[CPU_ANSWER_KEY], challenge_of(scheme, challenge))
        evidence = Evidence(tag.record, None, ground, Answer(scheme, CPU_ANSWER_KEY, answer))
    return tag.read(evidence, mono_ns, **more)  # type: ignore[arg-type]


def plain(tag: Tag, mono_ns: int, sun: bytes | None = None, **more: object) -> TokenRead:
    """Return a reading without a challenge; ``sun``: a message that was collected before."""
    return tag.read(Evidence(tag.record, sun or tag.sun()), mono_ns, **more)  # type: ignore[arg-type]


def check_of(door: TokenRead | None, card: TokenRead, direction: Direction = Direction.IN) -> Check:
    """Return a check with these two tokens."""
    return Check(
        door=door,
        caregiver=card,
        direction=direction,
        placement=Placement.HOME,
        mounting=Mounting.CRADLE,
        flags=CheckFlag(0),
    )
