"""A card authenticated live through the gateway's own process and a real broker; rule: TWO-TOKENS."""

from pathlib import Path

from samples.running import Gateway, Radio, running, wait_until
from samples.site import TENANT, Authority, Terminal
from samples.wallet import Issuer, Tag
from zhendao.gateway.store.sealing import load_store_key
from zhendao.gateway.tokens.masters import Custody
from zhendao.protocol.bodies import Sos
from zhendao.protocol.cards.asking import Question, encode_question, open_live
from zhendao.protocol.cards.blocks import ZERO_BLOCK, decrypt_cbc, encrypt_cbc
from zhendao.protocol.cards.diversify import LIVE_KEY
from zhendao.protocol.cards.ev2 import rotate
from zhendao.protocol.down import MacedLive, split_down
from zhendao.protocol.topics import Topic
from zhendao.protocol.vocabulary import Role, Technology

RND_B = b"what a card drew"


def ask(radio: Radio, line: Terminal, card: Tag, number: int) -> None:
    """Have the terminal of ``line`` ask about ``card``."""
    start = line.starts[-1]
    first = encrypt_cbc("aes", card.keys[LIVE_KEY], ZERO_BLOCK, RND_B)
    asked = Question(
        line.suite.id, line.device, start.epoch, start.start, number, Technology.NTAG424, card.uid, bytes(16), first
    )
    topic = str(Topic(TENANT, line.device, "ask"))
    radio.client.publish(topic, encode_question(line.suite, start.mac_key, asked), qos=0)


def answers(radio: Radio, line: Terminal) -> list[tuple[int, bytes]]:
    """Return number and token of each live answer that ``line`` heard and believes."""
    said = [split_down(payload) for _, payload in list(radio.heard)]
    mac_key = line.starts[-1].mac_key
    return [open_live(line.suite, mac_key, line.device, one) for one in said if isinstance(one, MacedLive)]


def make_masters(gateway: Gateway, issuer: Issuer) -> None:
    """Have the gateway keep masters of its own, and ``issuer`` use them."""
    keys = gateway.folder / "data" / "keys"
    issuer.masters = [Custody(keys, load_store_key(keys / "store.key"), {}).add(0)]


def test_a_terminal_asks_and_the_gateway_answers_with_what_opens_the_card(tmp_path: Path) -> None:
    authority, issuer = Authority(), Issuer()
    with running(tmp_path, authority, "[tokens]\nlive = true\n") as (_, gateway, radio):
        line, card = authority.terminal(), Tag(issuer, Role.CAREGIVER)
        radio.send_until_held(line, 1, 1)
        make_masters(gateway, issuer)
        ask(radio, line, card, 2)
        wait_until(lambda: answers(radio, line))
        ((number, token),) = answers(radio, line)
        assert number == 2
        assert decrypt_cbc("aes", card.keys[LIVE_KEY], ZERO_BLOCK, token)[16:] == rotate(RND_B)


def test_it_is_off_unless_the_settings_say_so(tmp_path: Path) -> None:
    authority, issuer = Authority(), Issuer()
    with running(tmp_path, authority) as (_, gateway, radio):
        line, card = authority.terminal(), Tag(issuer, Role.CAREGIVER)
        radio.send_until_held(line, 1, 1)
        make_masters(gateway, issuer)
        ask(radio, line, card, 1)
        line.add(Sos(1, drill=True))
        radio.send_until_held(line, 2, 2)  # what was asked before that would have been answered by now
        assert answers(radio, line) == []
