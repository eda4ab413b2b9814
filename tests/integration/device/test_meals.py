"""A canteen's terminal and a delivery bag's: the real agent, a real driver on an emulated reader, a real broker."""

from pathlib import Path

from samples.home import Home, Identity
from samples.pn532 import DOOR
from zhendao.protocol.bodies import Check, Meal, Tap
from zhendao.protocol.vocabulary import Kind, Placement, Role, TapReason
from zhendao.readers.ntag import write_ndef
from zhendao.readers.pn532_port import open_pn532

ELDERS = {"chen": bytes.fromhex("04e1e1e1e1e1e1"), "wang": bytes.fromhex("04e2e2e2e2e2e2")}


def meals(home: Home, kind: str) -> None:
    """Have the terminal take meals, and give two elders a card each."""
    reader = open_pn532(str(home.emulator.link))
    for name, uid in ELDERS.items():
        home.emulator.do(f"tag {name} ntag213 uid={uid.hex()}")
        home.emulator.do(f"present {name}")
        write_ndef(reader, uid, home.who.message(Role.ELDER, uid))
        home.emulator.do(f"remove {name}")
    reader.close()
    with home.config.open("a") as file:
        file.write(f'[meals]\nkind = "{kind}"\nplace_code = "330106-0007"\n')


def hold(home: Home, tag: str, moment: str) -> dict[str, object]:
    home.emulator.do(f"present {tag}")
    told = home.terminal.next(moment)
    home.emulator.do(f"remove {tag}")
    home.emulator.do("wait 800")  # as a person does: away, and only then the next one
    return told


def test_a_canteen_takes_meals_without_a_network_and_sends_them_later(tmp_path: Path) -> None:
    with Home(tmp_path, Identity(placement="STATION")) as home:
        meals(home, "canteen")
        home.start()
        home.broker.kill()
        for tag, moment in (
            *(("chen", "meal-recorded"), ("chen", "already-recorded"), ("wang", "meal-recorded")),
            ("card", "checked-in"),
        ):
            hold(home, tag, moment)
        home.broker.start()
        home.gateway.wait(lambda: bool(home.gateway.of_kind(Kind.CHECK)))
        one, two = (event.body for event in home.gateway.of_kind(Kind.MEAL))
        assert isinstance(one, Meal)
        assert isinstance(two, Meal)
        assert one.elder is not None
        assert two.elder is not None
        assert [one.elder.uid, two.elder.uid] == list(ELDERS.values())
        assert (one.place_code, one.placement, one.door) == ("330106-0007", Placement.STATION, None)
        (again,) = (event.body for event in home.gateway.of_kind(Kind.TAP))
        assert isinstance(again, Tap)
        assert again.reason is TapReason.REPEATED
        (check,) = (event.body for event in home.gateway.of_kind(Kind.CHECK))
        assert isinstance(check, Check)
        assert check.door is None
        assert home.gateway.problems == []


def test_a_bag_delivers_to_a_door_and_into_a_hand(tmp_path: Path) -> None:
    with Home(tmp_path, Identity(placement="CARRIED")) as home:
        meals(home, "delivery")
        home.start()
        brought = hold(home, "door", "meal-delivered")
        taken = hold(home, "chen", "meal-recorded")
        home.gateway.wait(lambda: len(home.gateway.of_kind(Kind.MEAL)) > 1)
        at_door, in_hand = home.gateway.of_kind(Kind.MEAL)
        assert [at_door.seq, in_hand.seq] == [brought["seq"], taken["seq"]]
        assert isinstance(at_door.body, Meal)
        assert isinstance(in_hand.body, Meal)
        assert at_door.body.elder is None
        assert at_door.body.door is not None
        assert in_hand.body.door is not None
        assert (at_door.body.door.uid, in_hand.body.door.uid) == (DOOR, DOOR)
        assert in_hand.body.placement is Placement.CARRIED


def test_a_terminal_of_another_placement_says_so_and_takes_none(tmp_path: Path) -> None:
    with Home(tmp_path, Identity(placement="STATION")) as home:
        meals(home, "delivery")
        home.start()
        hold(home, "chen", "lone")
        _, _, said = home.terminal.stop()
        assert "takes no meals" in said
