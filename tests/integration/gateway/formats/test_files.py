"""Conformance of files of visits (HHAX, CareBridge, a local platform), with files of answers, here and over SFTP."""

import asyncio
import csv
import io
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from samples.aggregated import Feeding
from samples.sshd import sshd
from samples.taps import token
from samples.visited import Visited
from zhendao.gateway.formats.dossier import Dossiers
from zhendao.gateway.formats.shipped import mapping_of
from zhendao.gateway.formats.ways.exchange import reasons_in
from zhendao.gateway.forward.dead_letters import ALL, Replayed, replay
from zhendao.gateway.forward.drop import MOST_READ, PART
from zhendao.gateway.forward.errors import LinkError
from zhendao.gateway.forward.local_folder import LocalFolder
from zhendao.gateway.forward.retry import Phase
from zhendao.protocol.bodies import Undo
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.vocabulary import Direction, Role
from zhendao.simulators.aggregators.clearing import CAREBRIDGE, HHAX, Clearing, House

OWN = {
    "hhax": 'own = { tax_id = "123456789", payer_id = "17" }',
    "carebridge": 'own = { vendor = "Zhendao", provider_id = "P1", provider_name = "Ankang", tax_id = "123456789", '
    'state = "IA" }',
}
ANSWERS = mapping_of("hhax").response
assert ANSWERS is not None
HOUSES = {"hhax": HHAX, "carebridge": CAREBRIDGE}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Visited]:
    found = Visited(tmp_path)
    yield found
    found.site.store.close()


class Handed:
    """A gateway that hands files to a house; the house looks whenever the gateway looks for answers."""

    def __init__(self, site: Visited, name: str, more: str = "") -> None:
        inbox, outbox = site.folder / "Inbox", site.folder / "Outbox"
        inbox.mkdir()
        outbox.mkdir()
        house: House = HOUSES[name]
        self.house = Clearing(house, inbox, outbox)
        self.feed = Feeding(
            site, f'kind = "file"\nurl = "file://{inbox}"\nmapping = "{name}"\nresponses = "Outbox"\nagain_s = 60\n'
            f"{OWN[name]}\n{more}",
        )  # fmt: skip

    def send(self, **how: int) -> None:
        """Send, with a house that reads what comes."""
        way = self.feed.way._inbox
        read = way.read

        async def looked(name: str) -> bytes | None:
            self.house.look()
            found: bytes | None = await read(name)
            return found

        way.read = looked
        self.feed.feed(until=lambda: True, **how)


@pytest.mark.parametrize("name", list(HOUSES))
def test_a_day_is_handed_over_answered_corrected_and_taken_back(site: Visited, name: str) -> None:
    handed = Handed(site, name)
    site.visit(0)
    site.visit(180, 20)
    first, second = site.ids()
    handed.send()
    assert (handed.feed.waiting(), handed.feed.dead()) == (0, [])
    assert set(handed.house.standing()) == {first.hex(), second.hex()}
    number = site.correct(second, 180 + 65)
    handed.send()
    row = handed.house.rows[second.hex()]
    if name == "hhax":
        assert (row["Visit Edit Reason Code"], row["Timesheet Approved"]) == ("216", "Y")
        assert row["Visit End Time"] > row["EVV End Time"]
    else:
        assert (row["ManualReason"], row["ApptAttestation"]) == ("MR1099", "MA1000")
        assert row["ApptEndDateTime"] > row["CheckOutDateTime"]
    assert handed.house.arrivals[first.hex()] == 1, "only what changed is sent again"
    site.act(site.clerk.tell_tasks(first, ["助洁"], [], "李婉"))
    handed.send()
    assert handed.house.arrivals[first.hex()] == 2
    assert "助洁" in (row := handed.house.rows[first.hex()]).values()
    assert number == 1
    assert handed.feed.dead() == []


def test_a_visit_that_is_no_longer_whole_is_taken_back_and_comes_again(site: Visited) -> None:
    handed = Handed(site, "hhax")
    site.visit(0)
    (visit,) = site.ids()
    handed.send()
    assert list(handed.house.standing()) == [visit.hex()]
    event = site.line.add(Undo(3, token(Role.CAREGIVER, b"card-one"), 1), mono_ns=9_000 * 10**9)
    site.site.take(site.line.message(event.seq, event.seq))
    handed.send()
    assert (handed.house.standing(), handed.house.rows[visit.hex()]["Is Deletion"]) == ({}, "Y")
    last = site.check(90, Direction.OUT, 2)
    site.site.take(site.line.message(last, last))
    handed.send()
    assert list(handed.house.standing()) == [visit.hex()]


def test_who_is_unknown_today_and_known_tomorrow_goes_again_by_itself(site: Visited) -> None:
    handed = Handed(site, "carebridge", "test = true")
    handed.house.missing = {"E1"}
    site.visit(0)
    handed.send()
    (refusal,) = handed.feed.refusals(handed.feed.record_of(site.ids()[0]))
    assert (refusal["reason"], handed.feed.dead()) == ("Member not found", [])
    handed.house.missing = set()
    handed.send(later_ms=61_000)
    assert list(handed.house.standing()) == [site.ids()[0].hex()]
    assert all(one.startswith("TEST_VISITS_IA_123456789_") for one in handed.house.read)
    assert len(set(handed.house.read)) == 2


def test_what_a_house_refuses_for_good_is_a_dead_letter_with_its_reason(site: Visited) -> None:
    handed = Handed(site, "hhax")
    site.visit(0)
    site.know(elders="elder_id,name,place_id,valid_from\nE1,○,P1,2026-01-01\n")
    handed.send()
    (dead,) = handed.feed.dead()
    assert (dead.status, "Member Last Name: is required" in dead.reason) == ("mapping", True)
    assert handed.house.read == []


def test_one_that_cannot_be_read_is_a_dead_letter_and_holds_up_no_other(
    site: Visited, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed = Handed(site, "hhax")
    site.visit(0)
    site.visit(180)
    first, second = site.ids()
    of = Dossiers.of

    def broken(self: Dossiers, visit_id: bytes, *more: Any) -> Any:
        if visit_id == first:
            raise CryptoError("store-key", "altered")
        return of(self, visit_id, *more)

    monkeypatch.setattr(Dossiers, "of", broken)
    handed.send()
    (dead,) = handed.feed.dead()
    assert (dead.record.key, "CryptoError" in dead.reason) == (first.hex(), True)
    assert list(handed.house.standing()) == [second.hex()]


@pytest.mark.parametrize("step", ["put", "rename", "read"])
def test_a_row_is_in_one_file_wherever_it_ends(site: Visited, step: str) -> None:
    handed = Handed(site, "hhax")
    site.visit(0)
    site.visit(180)
    for before in (True, False):
        place = handed.feed.way._inbox if step == "read" else handed.feed.way._place
        work = getattr(place, step)

        async def cut(*words: object, before: bool = before, work: object = work) -> None:
            if not before:
                await work(*words)  # type: ignore[operator]  # it is one
            raise LinkError("cut")

        setattr(place, step, cut)
        handed.feed.feed(until=lambda: handed.feed.sending.condition.failures > 0, ends=True)
        handed.feed.start()
    handed.send()
    assert (handed.feed.waiting(), handed.feed.dead()) == (0, [])
    assert handed.house.arrivals == {one.hex(): 1 for one in site.ids()}
    assert not list((site.folder / "Inbox").glob(f"*{PART}"))


def test_no_answer_is_an_outage_that_is_told_and_nothing_is_handed_over_twice(site: Visited) -> None:
    handed = Handed(site, "hhax")
    site.visit(0)
    handed.feed.answer_s = 0.2
    handed.feed.start()
    for _ in range(2):
        handed.feed.feed(until=lambda: handed.feed.sending.condition.failures > 0, ends=True)
    assert "no file of answers VISITS_123456789_" in handed.feed.sending.condition.last_error
    assert handed.feed.sending.condition.phase in {Phase.OPEN, Phase.CLOSED}
    assert len(list((site.folder / "Inbox").iterdir())) == 1
    handed.feed.answer_s = 60
    handed.feed.start()
    handed.send()
    assert handed.feed.waiting() == 0


def test_a_local_platform_needs_a_file_and_no_program(site: Visited) -> None:
    folder = site.folder / "out"
    folder.mkdir()
    answers = site.folder / "answers"
    answers.mkdir()
    feed = Feeding(
        site, f'kind = "file"\nurl = "file://{folder}"\nmapping = "example-ltci"\nresponses = "{answers}"\n'
        'own = { org_code = "H31010400017" }\nagain_s = 60',
    )  # fmt: skip
    site.visit(0)
    site.visit(180)
    first, second = site.ids()
    feed.answer_s = 0.2
    feed.start()
    feed.feed(until=lambda: feed.sending.condition.failures > 0, ends=True)
    (file,) = folder.iterdir()
    rows = list(csv.DictReader(io.StringIO(file.read_text("gb18030"))))
    assert [one["参保人姓名"] for one in rows] == ["王秀兰", "王秀兰"]
    said = f"服务单号,处理结果,失败原因\r\n{first.hex()},成功,\r\n{second.hex()},失败,重复提交\r\n"
    (answers / f"{file.stem}_FK.csv").write_bytes(said.encode("gb18030"))
    feed.answer_s = 60
    feed.start()
    feed.feed(until=lambda: feed.waiting() == 0)
    (dead,) = feed.dead()
    assert (dead.record.key, dead.reason) == (second.hex(), "重复提交")


def test_files_go_over_sftp_and_answers_come_from_another_folder(site: Visited, tmp_path: Path) -> None:
    with sshd(tmp_path) as server:
        answers = tmp_path / "answers"
        answers.mkdir()
        house = Clearing(HHAX, server.folder, answers)
        feed = Feeding(
            site, f'kind = "sftp"\nurl = "{server.url}"\nknown_hosts = "{server.known_hosts}"\n'
            f'key_file = "{server.key_file}"\nmapping = "hhax"\nresponses = "answers"\n{OWN["hhax"]}',
        )  # fmt: skip
        site.visit(0)
        read = feed.way._inbox.read

        async def looked(name: str) -> bytes | None:
            found: bytes | None = await read(name)
            house.look()
            return found

        feed.way._inbox.read = looked
        feed.feed(until=lambda: feed.waiting() == 0)
        assert list(house.standing()) == [site.ids()[0].hex()]
        assert feed.dead() == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Visit ID,Failure Reason\r\n", {}),
        (
            "\ufeffVisit ID,Failure Reason\r\n v1 ,A\r\nv1,\r\n,the whole file\r\n",
            {"v1": "A; refused", "": "the whole file"},
        ),
    ],
)
def test_a_file_of_answers_names_rows_or_the_whole(text: str, said: dict[str, str | None]) -> None:
    assert reasons_in(text, ANSWERS) == said


@pytest.mark.parametrize(
    "text", ["", "\x00", "Failure Reason\r\n", "{}", "Visit ID,Failure Reason\r\n" + "x" * 200_000, '"Visit ID']
)
def test_what_is_no_file_of_answers_is_no_acceptance(text: str) -> None:
    with pytest.raises(LinkError, match="file of answers"):
        reasons_in(text, ANSWERS)


def test_a_refusal_of_the_whole_file_is_one_of_each_row_and_one_of_others_settles_nothing(site: Visited) -> None:
    handed = Handed(site, "hhax")
    site.visit(0)
    site.visit(180)
    said = "other-visit,no such member"

    async def answered(_name: str) -> bytes:
        return f"Visit ID,Failure Reason\r\n{said}\r\n".encode()

    handed.feed.way._inbox.read = answered
    handed.feed.feed(until=lambda: handed.feed.sending.condition.failures > 0, ends=True)
    assert "names none of its rows" in handed.feed.sending.condition.last_error
    assert (handed.feed.waiting() > 0, handed.feed.dead()) == (True, [])
    said = ",96 columns are needed"
    handed.feed.way._inbox.read = answered
    handed.feed.feed(until=lambda: handed.feed.waiting() == 0)
    assert [one.reason for one in handed.feed.dead()] == ["96 columns are needed"] * 2


def test_a_file_of_answers_that_is_being_written_is_waited_for(site: Visited) -> None:
    handed = Handed(site, "hhax")
    site.visit(0)
    (visit,) = site.ids()
    whole = f"Visit ID,Failure Reason\r\n{visit.hex()},no such member\r\n".encode()
    looks: list[int] = []

    async def growing(_name: str) -> bytes | None:
        looks.append(min(len(whole), 5 * len(looks)))
        return whole[: looks[-1]] if looks[-1] else None

    handed.feed.way._inbox.read = growing
    handed.feed.feed(until=lambda: handed.feed.waiting() == 0)
    assert [one.reason for one in handed.feed.dead()] == ["no such member"]
    assert looks[-2:] == [len(whole)] * 2


def test_answers_that_are_endless_or_no_file_are_not_read(tmp_path: Path) -> None:
    with (tmp_path / "long").open("wb") as file:
        file.truncate(MOST_READ + 1)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    place = LocalFolder(tmp_path)
    for name in ("long", "pipe", "folder"):
        with pytest.raises(LinkError, match="no file of at most"):
            asyncio.run(place.read(name))
    assert asyncio.run(place.read("none")) is None


def test_a_dead_letter_that_was_overtaken_or_withdrawn_does_not_come_back_when_it_is_replayed(
    site: Visited, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed = Handed(site, "hhax")
    site.visit(0, 20)
    site.visit(180)
    first, second = site.ids()
    faulty = {one.hex() for one in (first, second)}
    reasons = Clearing._reasons

    def refusing(house: Clearing, row: Mapping[str, str]) -> list[str]:
        return ["no such service"] if row["Visit ID"] in faulty else reasons(house, row)

    monkeypatch.setattr(Clearing, "_reasons", refusing)
    handed.send()
    assert [one.record.revision for one in handed.feed.dead()] == [1, 1]
    faulty.clear()
    site.correct(first, 65)
    for target in (5, 4):  # the caregiver takes both of her checks of the second visit back
        event = site.line.add(Undo(target, token(Role.CAREGIVER, b"card-one"), 1), mono_ns=(19_000 - target) * 10**9)
        site.site.take(site.line.message(event.seq, event.seq))
    site.site.settle()
    handed.send()
    stands = handed.house.standing()[first.hex()]["Visit End Time"]
    with site.site.store.writing() as connection:
        assert replay(connection, handed.feed.way.destination, ALL, Replayed("me", "mended", 1)) == 2
    handed.send()
    assert handed.feed.dead() == []
    assert list(handed.house.standing()) == [first.hex()], "what was withdrawn is not told as if it stood"
    assert handed.house.standing()[first.hex()]["Visit End Time"] == stands, "nor what was corrected as it was before"
