"""The card master keys: versions stay, nothing readable rests or is shown, altered bytes are an error; rule: ESCROW."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from samples.site import NOW_MS, Site
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.tokens.errors import CardsError
from zhendao.gateway.tokens.giving import HOUR_MS, Asked, Giver, NoMastersError, TooManyError, open_uid
from zhendao.gateway.tokens.masters import CREDENTIAL, FILE, Custody, Held
from zhendao.gateway.tokens.tables import GIVEN
from zhendao.protocol.cards.diversify import card_keys
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.vocabulary import Technology

KEY = StoreKey(bytes(32))
UID = bytes.fromhex("04de5f1eacc040")
ASKED = Asked(UID, Technology.NTAG424)


def custody(folder: Path, key: StoreKey = KEY, **environment: str) -> Custody:
    return Custody(folder, key, environment)


def test_a_new_version_stands_beside_the_old_ones(tmp_path: Path) -> None:
    assert custody(tmp_path).load() == ()
    first = custody(tmp_path).add(NOW_MS)
    second = custody(tmp_path).add(NOW_MS + 1)
    assert custody(tmp_path).load() == (first, second)
    assert (first.version, second.version) == (1, 2)
    assert len({first.keys.aes, first.keys.sm4, second.keys.aes, second.keys.sm4}) == 4


def test_nothing_of_a_master_can_be_read(tmp_path: Path) -> None:
    made = custody(tmp_path).add(NOW_MS)
    resting = (tmp_path / FILE).read_bytes()
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    for secret in (made.keys.aes, made.keys.sm4):
        assert secret not in resting
        assert secret.hex() not in repr(made) + repr(made.keys)
        assert repr(secret) not in repr(made) + repr(made.keys)


def test_what_others_can_read_or_another_key_sealed_is_refused(tmp_path: Path) -> None:
    custody(tmp_path).add(NOW_MS)
    with pytest.raises(CardsError, match="another store key"):
        custody(tmp_path, StoreKey(b"x" * 32)).load()
    (tmp_path / FILE).chmod(0o640)
    with pytest.raises(CardsError, match="others can read"):
        custody(tmp_path).load()


@given(data=st.data())
def test_an_altered_file_is_an_error_and_never_other_keys(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("keys")
    custody(folder).add(NOW_MS)
    sealed = bytearray((folder / FILE).read_bytes())
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    (folder / FILE).write_bytes(sealed)
    with pytest.raises(CardsError):
        custody(folder).load()


def test_the_same_bytes_may_come_as_a_systemd_credential(tmp_path: Path) -> None:
    made = custody(tmp_path).add(NOW_MS)
    given_by_systemd = tmp_path / "credentials"
    given_by_systemd.mkdir()
    (tmp_path / FILE).rename(given_by_systemd / CREDENTIAL)
    with_credential = custody(tmp_path, CREDENTIALS_DIRECTORY=str(given_by_systemd))
    assert with_credential.load() == (made,)
    with pytest.raises(CardsError, match="credential"):
        with_credential.add(NOW_MS)
    assert custody(tmp_path).load() == ()


def test_a_new_version_is_seen_without_a_restart(tmp_path: Path) -> None:
    held = Held(custody(tmp_path))
    assert held() == ()
    first = custody(tmp_path).add(NOW_MS)
    assert held() == (first,)
    second = custody(tmp_path).add(NOW_MS)
    assert held() == (first, second)


def test_keys_of_one_card_are_given_and_written_down(site: Site, tmp_path: Path) -> None:
    old, new = custody(tmp_path).add(NOW_MS), custody(tmp_path).add(NOW_MS)
    giver = Giver(site.key, custody(tmp_path).load, 10)
    with site.store.writing() as connection:
        assert giver.give(connection, "one", ASKED, NOW_MS) == card_keys(new.keys, Technology.NTAG424, UID)
        other = Asked(b"four", Technology.CPU_CARD, 1)
        assert giver.give(connection, "one", other, NOW_MS) == card_keys(old.keys, Technology.CPU_CARD, b"four")
        rows = connection.execute(select(GIVEN).order_by(GIVEN.c.id)).all()
    assert [(row.token_id, open_uid(site.key, row.uid, row.tag), row.version) for row in rows] == [
        ("one", UID, 2),
        ("one", b"four", 1),
    ]
    assert all(UID not in bytes(cell) for row in rows for cell in row if isinstance(cell, bytes))


def test_a_stolen_token_gets_so_many_cards_in_an_hour(site: Site, tmp_path: Path) -> None:
    custody(tmp_path).add(NOW_MS)

    def again() -> Giver:  # a restart of the gateway forgets nothing
        return Giver(site.key, custody(tmp_path).load, 3)

    with site.store.writing() as connection:
        for number in range(3):
            again().give(connection, "stolen", ASKED, NOW_MS + number)
        with pytest.raises(TooManyError) as refused:
            again().give(connection, "stolen", ASKED, NOW_MS + 10)
        assert refused.value.wait_s == 3600
        again().give(connection, "honest", ASKED, NOW_MS + 10)
        again().give(connection, "stolen", ASKED, NOW_MS + HOUR_MS)


def test_what_cannot_be_given_is_named(site: Site, tmp_path: Path) -> None:
    giver = Giver(site.key, custody(tmp_path).load, 3)
    with site.store.writing() as connection:
        with pytest.raises(NoMastersError):
            giver.give(connection, "one", ASKED, NOW_MS)
        custody(tmp_path).add(NOW_MS)
        with pytest.raises(NoMastersError):
            giver.give(connection, "one", Asked(UID, Technology.NTAG424, 2), NOW_MS)
        for bad in (Asked(b"12345", Technology.NTAG424), Asked(UID, Technology.NTAG21X)):
            with pytest.raises(CryptoError):
                giver.give(connection, "one", bad, NOW_MS)
        assert connection.execute(select(GIVEN)).first() is None
