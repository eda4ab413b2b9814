"""What comes down waits within bounds, and what does not fit is counted."""

from pathlib import Path

from zhendao.device import config
from zhendao.device.agent import Agent
from zhendao.device.equipment import equipment
from zhendao.device.feedback.console import ConsoleFeedback
from zhendao.device.identity.values import Identity
from zhendao.device.link.postings import Received
from zhendao.device.notices import Notices


def test_messages_to_the_terminal_wait_within_bounds(tmp_path: Path, identity: Identity) -> None:
    file = tmp_path / "device.toml"
    file.write_text(
        '[terminal]\ndata_dir = "data"\n[nfc]\ndriver = "pn532"\nport = "/dev/x"\n'
        '[broker]\nurl = "mqtt://127.0.0.1:1"\n'
    )
    settings = config.read(file)
    ports = equipment(settings, identity, tmp_path)
    agent = Agent(settings, identity, ports, ConsoleFeedback("en", as_json=True), Notices("en", ports.clock.mono_ns))
    for _ in range(100):
        agent._link_said(Received(b"message"))
    assert agent._hearing.waiting == 64
    assert agent._shipping.counters["down-dropped"] == 36
    agent._folder.close()
