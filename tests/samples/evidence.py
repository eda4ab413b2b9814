"""A gateway that can make evidence: a site with a certified key, and a visit that went through everything."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from asn1crypto import pem
from sqlalchemy import select

from samples.line import SOME_DAY_MS
from samples.registered import register
from samples.site import NOW_MS, TENANT, Authority, Site, Terminal
from samples.taps import HOUR_NS, check
from zhendao.gateway.cases.values import Act
from zhendao.gateway.evidence.heads import Heads
from zhendao.gateway.evidence.making import Maker
from zhendao.gateway.ingest.steady import Now
from zhendao.gateway.keyring import Keyring
from zhendao.gateway.store.binding import bind
from zhendao.gateway.store.conclusions import visits
from zhendao.protocol.bodies import Clock, Rating, Sensor
from zhendao.protocol.bundle import Bundle, decode_bundle, sign_bundle
from zhendao.protocol.certificates import Certificate
from zhendao.protocol.vocabulary import ClockReason, ClockSource, Direction, SensorClass

HOUR_MS = 3_600_000


@dataclass
class Office:
    """A site whose gateway has a certificate, and what makes evidence of its visits."""

    site: Site
    keyring: Keyring
    heads: Heads
    maker: Maker

    def visit_id(self, but: Sequence[bytes] = ()) -> bytes:
        """Return the id of the first visit that stands, ``but`` for some."""
        with self.site.store.reading() as connection:
            query = select(visits.c.id).where(visits.c.state != "withdrawn").order_by(visits.c.seq)
            query = query.where(visits.c.id.not_in(but))
            found = connection.execute(query).scalars().first()
        assert found is not None
        return bytes(found)

    def signed(self, bundle: Bundle) -> bytes:
        """Return ``bundle`` as this gateway would sign it: what a gateway that lies can do."""
        return sign_bundle(bundle, self.keyring.signing_key, self.keyring.certificate)

    def altered(self, data: bytes, **fields: object) -> bytes:
        """Return the evidence in ``data`` with other ``fields``, signed anew by the gateway."""
        return self.signed(replace(decode_bundle(data).bundle, **fields))  # type: ignore[arg-type]


def office(folder: Path, authority: Authority) -> Office:
    """Return a gateway in ``folder``."""
    site = Site(folder, authority)
    site.certificate_id = authority.gateway(site.gateway_key.spki).id
    site.store.close()
    authority.serial -= 1  # the same certificate again
    certificate = authority.gateway(site.gateway_key.spki)
    site.certificate_id = certificate.id
    site.open()
    return of_site(site, certificate)


def of_site(site: Site, certificate: Certificate) -> Office:
    """Return the office of a gateway that is there, under the ``certificate`` of its key."""
    authority = site.authority
    keyring = Keyring(
        TENANT, authority.trust, certificate, site.gateway_key, authority.wrap, issuing=(authority.issuing,)
    )
    heads = Heads(keyring, site.key, forward=True)
    return Office(site, keyring, heads, Maker(site.store, site.key, keyring, Path(site.folder) / "keys", heads))


def installed(made: Office) -> Path:
    """Write the keys of ``made`` and its settings beside its store, as commands need them; return the settings."""
    authority = made.site.authority
    folder = Path(made.site.folder)
    keys = folder / "data" / "keys"
    keys.mkdir(parents=True)
    (keys / "tenant").write_text(TENANT)
    (keys / "store.key").touch(0o600)
    (keys / "store.key").write_bytes(bytes(32))
    certificates = {"root": authority.root, "issuing": authority.issuing, "gateway": made.keyring.certificate}
    for name, one in certificates.items():
        (keys / f"{name}.crt").write_bytes(pem.armor("CERTIFICATE", one.der))
    for name, key in (("gateway", made.site.gateway_key), ("wrap", authority.wrap)):
        (keys / f"{name}.key").touch(0o600)
        (keys / f"{name}.key").write_bytes(pem.armor("PRIVATE KEY", key.pkcs8()))
    (folder / "gateway.toml").write_text(
        'data_dir = "data"\nstore.url = "sqlite:///gateway.db"\nbroker.url = "mqtt://127.0.0.1:1883"\n'
        'http.listen = "127.0.0.1:0"\nforward = [{kind = "https", url = "http://127.0.0.1:9/records"}]\n'
    )
    bind(made.site.store, made.site.key)
    return folder / "gateway.toml"


def hard_visit(office: Office) -> Terminal:
    """Have a terminal witness a visit offline under no trusted clock, learn the time later; people correct it."""
    site = office.site
    line = site.authority.terminal()
    register(site, line.device)
    unset = ClockSource.UNSET
    line.add(check(Direction.IN), mono_ns=HOUR_NS, wall_ms=0, source=unset)
    line.add(
        Sensor("door", SensorClass.DOOR_CONTACT, 1, 0), mono_ns=HOUR_NS + 10**9, wall_ms=0, source=unset, sign=False
    )
    line.add(check(Direction.OUT, 2), mono_ns=2 * HOUR_NS, wall_ms=0, source=unset)
    line.add(Rating(100, 1, refers_to=2), mono_ns=2 * HOUR_NS + 10**9, wall_ms=0, source=unset, sign=False)
    known = Clock(ClockReason.ANCHOR, SOME_DAY_MS + 4 * HOUR_MS, 50, ClockSource.GNSS, 4 * HOUR_NS)
    late = NOW_MS + 5 * HOUR_MS
    site.take(line.message(1, 5), now_ms=late)
    line.add(known, mono_ns=4 * HOUR_NS, sign=False)
    line.add(Sensor("door", SensorClass.DOOR_CONTACT, 0, 0), mono_ns=5 * HOUR_NS, sign=False)
    site.take(line.message(6, 7), now_ms=late + 60_000)
    site.settle(late + 120_000)
    correct(office, late)
    return line


def correct(office: Office, now_ms: int, but: Sequence[bytes] = ()) -> None:
    """Have one person propose another end of the first visit ``but`` some, and another one approve it."""
    visit = office.visit_id(but)
    clerk = office.site.pipeline.clerk
    assert clerk is not None
    with office.site.store.writing() as connection:
        now = Now(now_ms + 180_000, 0)
        end_ms = SOME_DAY_MS + 3 * HOUR_MS
        made = clerk.propose(visit, (None, end_ms), "no_check_out", "老人确认", "", "李婉")(connection, now)
        clerk.answer(made.number, Act.APPROVED, "", "王芳")(connection, now)
    office.site.settle(now_ms + 240_000)
