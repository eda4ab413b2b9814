"""Sets up Mosquitto (2.0.11 or later): who may connect, who may read and write what, and that nothing is dropped.

A terminal's user name is the CN of its certificate, its device id: it may publish its own events and state and read
its own acknowledgements and commands, and nothing else. Topics: docs/protocol.md section 10.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zhendao.command.kinds import Address
from zhendao.protocol.wording import Text
from zhendao.provisioning.authority import OLD, TLS_BROKER, TLS_CA, Authority
from zhendao.provisioning.errors import FolderUnusableError, NoAuthorityError, ProvisioningError
from zhendao.provisioning.folders import PUBLIC, SECRET, SECRET_FOLDER, new_folder, read_file, write_file
from zhendao.provisioning.founding import check_hosts
from zhendao.provisioning.gateways import put, tls_authorities, write_tls
from zhendao.provisioning.keyfile import plain_pem
from zhendao.provisioning.rotation import active
from zhendao.provisioning.tls import LOCAL_HOSTS, TlsPair, hosts_of, new_pair, revocation_list
from zhendao.provisioning.validity import END_YEARS, ISSUING_YEARS, span

GATEWAY_USER: Final = "gateway"
CALLS_USER: Final = "gateway-calls"
_EVERYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 - compared with, not listened on
_MESSAGE_LIMIT: Final = (1 << 20) + (1 << 16)
"""A batch is at most 1 MiB (docs/protocol.md section 1); some room for the packet around it."""

CONFIGURATION: Final = """\
# Made by zhendao-provision broker install. Run: mosquitto -c {folder}/mosquitto.conf
user {user}

# Everybody shows a certificate; its CN is the user name and the client id, so that nobody can push another one out.
listener {port} {host}
cafile {folder}/certs/ca.crt
crlfile {folder}/certs/crl.pem
certfile {folder}/certs/broker.crt
keyfile {folder}/certs/broker.key
tls_version tlsv1.3
require_certificate true
use_identity_as_username true
use_username_as_clientid true
allow_anonymous false
acl_file {folder}/acl

# The gateway acknowledges a group after its commit: the default of 20 at a time would make the groups small.
set_tcp_nodelay true
max_inflight_messages 1000

# The defaults drop the 1,001st message for a gateway that is away, and write to the disk every 30 minutes.
# Every save writes the whole database: on each change it would grow slower with each message that waits.
# What a broker that is killed has not saved, terminals send again: they wait for the gateway, not for the broker.
max_queued_messages 0
max_queued_bytes 0
max_packet_size {limit}
persistence true
persistence_location {folder}/data/
autosave_on_changes false
autosave_interval 30

log_dest stderr
log_type error
log_type warning
log_type notice
log_type information
"""

RIGHTS: Final = """\
# Made by zhendao-provision broker install. %u is the CN of the client's certificate; + stands for the shard.
pattern write zd/1/{tenant}/+/%u/up
pattern write zd/1/{tenant}/+/%u/sos
pattern write zd/1/{tenant}/+/%u/state
pattern write zd/1/{tenant}/+/%u/ask
pattern read zd/1/{tenant}/+/%u/down
# How many share the broker: a fleet that has lost it comes back over a time that fits its number.
pattern read $SYS/broker/clients/connected

user {gateway}
topic read zd/1/{tenant}/+/+/up
topic read zd/1/{tenant}/+/+/sos
topic read zd/1/{tenant}/+/+/state
topic read zd/1/{tenant}/+/+/ask
topic write zd/1/{tenant}/+/+/down

# Calls for help, over a connection of their own: no backlog stands before them.
user {calls}
topic read zd/1/{tenant}/+/+/sos
topic write zd/1/{tenant}/+/+/down
"""

SHUT_OUT: Final = """\

user {device}
topic deny #
"""
CRL: Final = "crl.pem"
_MOST_CONFIGURATION: Final = 65_536


@dataclass(frozen=True)
class Broker:
    """Where the broker listens, the names it is reached by, and the user of the system that it runs as."""

    listen: Address
    hosts: tuple[str, ...]
    user: str


def install(authority: Authority, target: Path, broker: Broker, now_s: int) -> Path:
    """Make the folder ``target`` for ``mosquitto -c target/mosquitto.conf`` and return it.

    Its certificate is good for the local names, the listening address and ``broker.hosts``; a new one is made where
    the present one is not.

    Raises:
        FolderExistsError: ``target`` is there already.
        ProvisioningError: there is no such user, or a host that is none.
    """
    target = target.absolute()
    pair = _pair(authority, broker, now_s)
    words = {
        "folder": target,
        "user": broker.user,
        "host": broker.listen.host,
        "port": broker.listen.port,
        "limit": _MESSAGE_LIMIT,
    }
    with new_folder(target) as made:
        write_tls(made / "certs", pair, tls_authorities(authority), "ca.crt", "broker")
        write_file(made / "certs" / CRL, crl(authority, now_s))
        write_file(made / "mosquitto.conf", CONFIGURATION.format(**words).encode())
        write_file(made / "acl", rights(authority), SECRET)
        (made / "data").mkdir(mode=SECRET_FOLDER)
        _give(made, broker.user)
    authority.note(
        "broker install", now_s, folder=str(target), listen=str(broker.listen), hosts=hosts_of(pair.certificate)
    )
    return target


def update(authority: Authority, target: Path, now_s: int) -> Path:
    """Bring the folder that `install` made up to what the authority has now: certificates, rights, who is shut out.

    Mosquitto takes new rights at a SIGHUP, and everything when it is started again. Done again it changes nothing.

    Raises:
        NoAuthorityError: there is no such folder.
    """
    target = target.absolute()
    configuration = target / "mosquitto.conf"
    if not configuration.is_file():
        raise NoAuthorityError(target, "no mosquitto.conf")
    pair, certs = authority.tls(TLS_BROKER), target / "certs"
    put(certs / "ca.crt", tls_authorities(authority), PUBLIC, target)
    put(certs / CRL, crl(authority, now_s), PUBLIC, target)
    put(certs / "broker.key", plain_pem(pair.pkcs8), SECRET, target)
    put(certs / "broker.crt", pair.certificate, PUBLIC, target)
    put(target / "acl", rights(authority), SECRET, target)
    words = read_file(configuration, _MOST_CONFIGURATION).decode()
    if "crlfile" not in words:
        line = f"cafile {certs}/ca.crt\n"
        put(configuration, words.replace(line, f"{line}crlfile {certs}/{CRL}\n").encode(), PUBLIC, target)
    authority.note("broker update", now_s, folder=str(target))
    return target


def rights(authority: Authority) -> bytes:
    """Return Mosquitto's list of rights. A terminal that was retired or revoked has none, connected or not."""
    text = RIGHTS.format(tenant=authority.tenant, gateway=GATEWAY_USER, calls=CALLS_USER)
    return (text + "".join(SHUT_OUT.format(device=one.name) for one in _inactive(authority))).encode()


def crl(authority: Authority, now_s: int) -> bytes:
    """Return the lists of TLS certificates that are shut out, one for each TLS authority that is believed.

    They are good as long as their authority: a list that ran out would shut out the whole fleet.
    """
    shut_out = [
        path.read_bytes()
        for folder in _inactive(authority)
        for path in (folder / "tls.crt", *sorted((folder / OLD).glob("*.tls.crt")))
    ]
    times = span(now_s, ISSUING_YEARS)
    pairs = [authority.tls(TLS_CA), *authority.old_tls(TLS_CA)]
    return b"".join(revocation_list(pair, shut_out, times) for pair in pairs)


def _inactive(authority: Authority) -> list[Path]:
    works = set(active(authority))
    return [one for one in authority.terminals() if one not in works]


def _pair(authority: Authority, broker: Broker, now_s: int) -> TlsPair:
    """Return the broker's key and certificate, made anew if it has to be good for more names than it is."""
    pair = authority.tls(TLS_BROKER)
    present = hosts_of(pair.certificate)
    here = () if broker.listen.host in _EVERYWHERE else (broker.listen.host,)
    wanted = check_hosts((*LOCAL_HOSTS, *here, *broker.hosts))
    if {host.lower() for host in wanted} <= {host.lower() for host in present}:
        return pair
    hosts = check_hosts((*present, *wanted))
    pair = new_pair(authority.tls(TLS_CA), authority.tenant, "broker", span(now_s, END_YEARS), hosts)
    authority.keep_tls(TLS_BROKER, pair)
    return pair


def _give(folder: Path, user: str) -> None:
    """Give a folder with all that is in it to the user whom the broker runs as, where it is not ours already."""
    try:
        for path in (folder, *folder.rglob("*")):
            if path.owner() != user:
                shutil.chown(path, user)
    except LookupError as error:
        raise ProvisioningError(Text(f"系统中没有用户 {user}", f"there is no user {user} on this system")) from error
    except OSError as error:
        raise FolderUnusableError(folder, f"{error.strerror} ({os.getuid()} -> {user})") from error
