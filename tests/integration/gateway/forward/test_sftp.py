"""Files handed over to OpenSSH's own server: whole, once, and to no server but the one whose key is known."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.sshd import Sshd, sshd
from zhendao.gateway.forward.drop import PART, Drop
from zhendao.gateway.forward.errors import LinkError
from zhendao.gateway.forward.record import Letter, Record, Verdict
from zhendao.gateway.forward.sftp_folder import Login, SftpFolder

LETTERS = [Letter(Record(n, "visit", f"v{n}", 1), '{"名":"值"}') for n in range(1, 5)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with sshd(tmp_path_factory.mktemp("sshd")) as running:
        yield running


def way(server: Sshd, book: Path, known_hosts: Path | None = None, folder: str = "") -> Drop:
    login = Login(known_hosts or server.known_hosts, server.key_file)
    return Drop("sftp://x", SftpFolder(server.url + folder, login), "jsonl", book)


async def test_files_appear_whole_and_a_connection_that_was_cut_is_made_anew(server: Sshd, tmp_path: Path) -> None:
    to = way(server, tmp_path / "book.json")
    await to.send(LETTERS[:2], "a" * 64)
    place = to._place
    assert isinstance(place, SftpFolder)
    assert place._connection is not None
    place._connection.abort()
    try:
        await to.send(LETTERS[:3], "b" * 64)
    except LinkError:
        await to.send(LETTERS[:3], "b" * 64)
    answers = await to.send(LETTERS, "c" * 64)
    assert [one.status for one in answers.values()] == ["duplicate"] * 3 + ["written"]
    assert all(one.verdict is Verdict.TAKEN for one in answers.values())
    await to.close()
    files = sorted(server.folder.iterdir())
    assert not [one for one in files if one.name.endswith(PART)]
    said = [json.loads(line) for one in files for line in one.read_text("utf-8").splitlines()]
    assert [one["key"] for one in said] == ["v1", "v2", "v3", "v4"]
    assert said[0]["payload"] == {"名": "值"}


async def test_a_part_file_that_is_whole_gets_its_name_after_a_new_start(server: Sshd, tmp_path: Path) -> None:
    book = tmp_path / "book.json"
    (server.folder / f"zhendao-late.jsonl{PART}").write_bytes(b"{}\n")
    keys = [one.record.idempotency_key for one in LETTERS]
    book.write_text(json.dumps({"name": "zhendao-late.jsonl", "keys": keys, "ready": True, "appeared": []}))
    to = way(server, book)
    assert {one.status for one in (await to.send(LETTERS, "d" * 64)).values()} == {"duplicate"}
    await to.close()
    assert (server.folder / "zhendao-late.jsonl").exists()


async def test_a_server_with_another_key_and_a_folder_that_is_not_there_get_nothing(
    server: Sshd, tmp_path: Path
) -> None:
    stranger = tmp_path / "known_hosts"
    place = server.known_hosts.read_text().split()[0]
    stranger.write_text(f"{place} {server.key_file.with_suffix('.pub').read_text()}")
    before = len(list(server.folder.iterdir()))
    for to, why in (
        (way(server, tmp_path / "1.json", stranger), "HostKeyNotVerifiable"),
        (way(server, tmp_path / "2.json", None, "/nowhere"), "No such file"),
    ):
        with pytest.raises(LinkError, match=why):
            await to.send(LETTERS, "e" * 64)
        await to.close()
    assert len(list(server.folder.iterdir())) == before
