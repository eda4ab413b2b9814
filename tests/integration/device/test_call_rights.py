"""A real broker that does not know the way of calls, as one with older rights: the call arrives all the same."""

from getpass import getuser
from pathlib import Path

from samples.pinned import SOS, PinnedHome
from zhendao.protocol.vocabulary import Kind

OLDER = "".join(f"topic readwrite zd/1/test/+/+/{channel}\n" for channel in ("up", "state", "ask", "down"))


def test_a_call_arrives_through_a_broker_that_does_not_let_it_go_its_own_way(tmp_path: Path) -> None:
    with PinnedHome(tmp_path) as home:
        home.broker.kill()
        rights = tmp_path / "rights"
        rights.write_text(OLDER)
        home.broker.file.write_text(f"{home.broker.file.read_text()}user {getuser()}\nacl_file {rights}\n")
        home.broker.start()
        terminal = home.start()
        home.gateway.wait(lambda: home.gateway.of_kind(Kind.BOOT))
        home.hand.do(f"press {SOS} 200")
        terminal.next("sos-calling")
        home.gateway.wait(lambda: home.gateway.of_kind(Kind.SOS))
        terminal.next("sos-arrived")
