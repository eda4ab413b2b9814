"""Questions about a card before a terminal: who is answered, how often, and that the answer opens the card."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from samples.site import NOW_MS, TENANT, Authority, Site, Terminal
from samples.wallet import Issuer, Tag, challenge_on, check_of, grounded
from zhendao.gateway.ingest.session import Message
from zhendao.gateway.ingest.withdrawn import nothing_withdrawn
from zhendao.gateway.tokens.giving import Asked, Giver
from zhendao.gateway.tokens.live import A_MINUTE, MINUTE_MS, Live
from zhendao.protocol.cards.asking import Question, encode_question, open_live
from zhendao.protocol.cards.blocks import ZERO_BLOCK, decrypt_cbc, encrypt_cbc
from zhendao.protocol.cards.challenge import Scheme
from zhendao.protocol.cards.diversify import LIVE_KEY
from zhendao.protocol.cards.ev2 import rotate
from zhendao.protocol.cards.evidence import Answer, Evidence
from zhendao.protocol.down import MacedLive, split_down
from zhendao.protocol.revocation import Reason, Revoked
from zhendao.protocol.topics import Topic
from zhendao.protocol.vocabulary import Role, Strength, Technology

RND_B = b"what a card drew"


@pytest.fixture
def issuer() -> Issuer:
    return Issuer(versions=2)


@pytest.fixture
def site(tmp_path: Path, authority: Authority, issuer: Issuer) -> Iterator[Site]:
    site = Site(tmp_path, authority, prover=issuer.prover())
    yield site
    site.store.close()


class Corner:
    """A terminal with a card before it, and the gateway's end of the question."""

    def __init__(self, site: Site, authority: Authority, issuer: Issuer, withdrawn: Any = nothing_withdrawn) -> None:
        self.line: Terminal = authority.terminal()
        self.card = Tag(issuer, Role.CAREGIVER, version=2)
        site.take(self.line.message(1, 1))
        self.live = Live(site.store, site.key, lambda: issuer.masters, TENANT, withdrawn)
        self.challenge = b"challenge of 16 "

    def question(self, number: int = 1, **other: Any) -> Question:
        start = self.line.starts[-1]
        first = encrypt_cbc("aes", self.card.keys[LIVE_KEY], ZERO_BLOCK, RND_B)
        asked = Question(
            self.line.suite.id, self.line.device, start.epoch, start.start, number, Technology.NTAG424,
            self.card.uid, self.challenge, first,
        )  # fmt: skip
        return replace(asked, **other)

    def message(self, question: Question, mac_key: bytes | None = None, device: bytes | None = None) -> Message:
        payload = encode_question(self.line.suite, mac_key or self.line.starts[-1].mac_key, question)
        return Message(str(Topic(TENANT, device or self.line.device, "ask")), payload)

    def ask(self, question: Question, at_ms: int = 0, **how: Any) -> bytes | None:
        """Return the token for the card, None where the gateway says nothing."""
        said = self.live.answer(self.message(question, **how), at_ms)
        if said is None:
            return None
        assert said.topic == str(Topic(TENANT, self.line.device, "down"))
        down = split_down(said.payload)
        assert isinstance(down, MacedLive)
        number, token = open_live(self.line.suite, self.line.starts[-1].mac_key, self.line.device, down)
        assert number == question.number
        return token


def test_the_answer_opens_the_card_and_what_the_card_says_then_is_proved(
    site: Site, authority: Authority, issuer: Issuer
) -> None:
    corner = Corner(site, authority, issuer)
    line, card = corner.line, corner.card
    ground = grounded(line)
    question = corner.question(challenge=challenge_on(line, ground))
    token = corner.ask(question)
    assert token is not None
    plain = decrypt_cbc("aes", card.keys[LIVE_KEY], ZERO_BLOCK, token)
    assert plain[16:] == rotate(RND_B)
    last = encrypt_cbc("aes", card.keys[LIVE_KEY], ZERO_BLOCK, b"TI--" + rotate(plain[:16]) + bytes(12))
    answer = Answer(Scheme.EV2, LIVE_KEY, question.first + last)
    read = card.read(Evidence(card.record, None, ground, answer), 1, strength=Strength.CHALLENGE)
    seq = line.add(check_of(None, read)).seq
    site.take(line.message(seq, seq))
    verdict = issuer.prover().verdict(line.suite, line.device, line.epoch, read)
    assert (verdict.proved, verdict.findings) == (Strength.CHALLENGE, frozenset())


def test_a_card_of_older_masters_is_asked_under_those_it_was_written_with(
    site: Site, authority: Authority, issuer: Issuer
) -> None:
    corner = Corner(site, authority, issuer)
    corner.card = Tag(issuer, Role.CAREGIVER, version=1)
    with site.store.writing() as connection:
        giver = Giver(site.key, lambda: issuer.masters, 9)
        giver.give(connection, "one", Asked(corner.card.uid, Technology.NTAG424, 1), NOW_MS)
    token = corner.ask(corner.question())
    assert token is not None
    assert decrypt_cbc("aes", corner.card.keys[LIVE_KEY], ZERO_BLOCK, token)[16:] == rotate(RND_B)


def test_a_number_is_answered_once_and_none_below_it(site: Site, authority: Authority, issuer: Issuer) -> None:
    corner = Corner(site, authority, issuer)
    assert corner.ask(corner.question(5)) is not None
    assert corner.ask(corner.question(5)) is None
    assert corner.ask(corner.question(4)) is None
    assert corner.ask(corner.question(6)) is not None
    assert corner.live.left == {"number": 2}


def test_so_many_in_a_minute_and_no_more_also_over_another_start(
    site: Site, authority: Authority, issuer: Issuer
) -> None:
    corner = Corner(site, authority, issuer)
    answered = [corner.ask(corner.question(number), number) is not None for number in range(1, A_MINUTE + 9)]
    assert answered == [True] * A_MINUTE + [False] * 8
    corner.line.start()
    site.take(corner.line.message(2, 2))
    assert corner.ask(corner.question(1), 100) is None
    assert corner.ask(corner.question(2), MINUTE_MS + 1) is not None


def test_nobody_else_has_the_gateways_keys_work_for_him(site: Site, authority: Authority, issuer: Issuer) -> None:
    corner, other = Corner(site, authority, issuer), Corner(site, authority, issuer)
    question = corner.question()
    assert corner.ask(question, mac_key=b"x" * 32) is None
    assert corner.ask(question, device=other.line.device) is None
    assert corner.ask(replace(question, start=9)) is None
    assert corner.ask(replace(question, technology=Technology.CPU_CARD)) is None
    assert corner.live.answer(replace(corner.message(question), retained=True), 0) is None
    assert corner.live.answer(replace(corner.message(question), payload=b"\x80"), 0) is None
    assert corner.live.answer(replace(corner.message(question), topic="zd/1/else/aa/bb/ask"), 0) is None
    assert corner.ask(question) is not None, "what was refused has not used the number up"


def test_a_terminal_that_is_believed_no_longer_is_not_answered(
    site: Site, authority: Authority, issuer: Issuer
) -> None:
    stolen = Revoked(bytes(32), 0, Reason.STOLEN)
    corner = Corner(site, authority, issuer, lambda _id, _issuer: (stolen, None))
    assert corner.ask(corner.question()) is None
    assert corner.live.left == {"certificate-revoked": 1}
    issuer_gone = Corner(site, authority, issuer, lambda _id, _issuer: (None, stolen))
    assert issuer_gone.ask(issuer_gone.question()) is not None, "it was known here before its issuer was revoked"


def test_without_masters_nothing_is_said(site: Site, authority: Authority, issuer: Issuer) -> None:
    corner = Corner(site, authority, issuer)
    question = corner.question()
    issuer.masters.clear()
    assert corner.live.answer(corner.message(question), 0) is None
