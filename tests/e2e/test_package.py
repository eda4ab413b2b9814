"""The Debian package on a clean Debian 12: built twice, installed without a network, run under a systemd of its own.

promise: a terminal that is updated, or whose update is cut off, goes on; no removal loses an event.
"""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.home import Broker, ended
from samples.machine import Machine, booted, debian, inside, needs_machine
from samples.pn532 import CARD, DOOR, Emulator
from zhendao.simulators.loopback import free_port

ROOT = Path(__file__).parents[2]
UNIT, DATA = "zhendao-device", "var/lib/zhendao-device"
DATE = {"SOURCE_DATE_EPOCH": "1790000000"}
PASSPHRASE = {"ZHENDAO_PASSPHRASE": "the passphrase of a test"}

pytestmark = [pytest.mark.long, needs_machine, pytest.mark.timeout(900)]


def made(out: Path, *more: str, package: str = "zhendao-device", **environment: str) -> Path:
    command = [sys.executable, str(ROOT / "deploy/deb/build.py"), "--out", str(out), *more, package]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (found,) = out.glob("*.deb")
    return found


def python(program: str, *words: object, **environment: str) -> str:
    code = f"import sys; from zhendao.{program}.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, *map(str, words)]
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("packages")
    return made(folder / "one", **DATE), made(folder / "two", "--revision", "2", **DATE)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return debian(tmp_path_factory.mktemp("clean"))


@pytest.fixture
def root(clean: Path, packages: tuple[Path, Path], tmp_path: Path) -> Iterator[Path]:
    """A copy of the clean machine with the first package installed, no network being there."""
    root = tmp_path / "root"
    subprocess.run(["cp", "-a", str(clean), str(root)], check=True)
    for one in packages:
        shutil.copy(one, root / "srv")
    done = inside(root, "dpkg", "-i", f"/srv/{packages[0].name}")
    assert done.returncode == 0, done.stdout + done.stderr
    yield root
    shutil.rmtree(root, ignore_errors=True)


def test_the_same_sources_give_the_same_bytes(packages: tuple[Path, Path], tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        again = made(tmp_path / "again", **DATE)
    finally:
        os.umask(before)
    assert again.read_bytes() == packages[0].read_bytes()


def test_it_stands_alone(root: Path) -> None:
    assert inside(root, "zhendao-device", "--version").stdout.startswith("zhendao-device ")
    assert inside(root, "zhendao-device", "--help", "--lang", "zh").returncode == 0
    # Nothing is enabled, the settings that come with it are good, and nothing that a terminal has no use for is there.
    assert not (root / "etc/systemd/system/multi-user.target.wants/zhendao-device.service").exists()
    done = inside(root, "zhendao-device", "run", "--lang", "en")
    assert (done.returncode, "not enrolled" in done.stderr) == (1, True), done.stderr
    (home,) = (root / "usr/lib/zhendao-device").glob("*/zhendao")
    names = {one.name for one in home.parent.iterdir()}
    assert "cryptography" in names
    assert not names & {"fastapi", "sqlalchemy", "uvicorn", "setuptools", "pip"}
    assert not (home / "gateway").exists()


def test_the_gateways_package_stands_alone(root: Path, tmp_path: Path) -> None:
    package = made(tmp_path / "gateway", package="zhendao-gateway", **DATE)
    shutil.copy(package, root / "srv")
    assert inside(root, "dpkg", "-i", f"/srv/{package.name}").returncode == 0  # beside the terminal's
    assert inside(root, "zhendao-verify", "--version").stdout.startswith("zhendao-verify ")
    done = inside(root, "zhendao-gateway", "run", "--config", "/etc/zhendao/gateway.toml", "--lang", "en")
    assert (done.returncode, "key" in done.stderr) == (1, True), done.stderr
    assert inside(root, "dpkg", "-V").stdout == ""


def test_an_upgrade_that_is_cut_off_anywhere_leaves_a_terminal_that_starts(
    root: Path, packages: tuple[Path, Path]
) -> None:
    """dpkg is killed at random moments; the old release or the new one runs, and never a mixture of both."""
    chance = random.Random(7)
    command = ["unshare", "--net", "chroot", str(root), "dpkg", "-i", f"/srv/{packages[1].name}"]
    cut = 0
    for _ in range(12):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as dpkg:
            try:
                dpkg.wait(chance.uniform(0.05, 2.5))
            except subprocess.TimeoutExpired:
                dpkg.kill()
                cut += 1
        done = inside(root, "zhendao-device", "run", "--lang", "en")
        assert "not enrolled" in done.stderr, done.stderr
    assert cut > 3
    assert inside(root, "dpkg", "--configure", "-a").returncode == 0
    assert inside(root, *command[4:]).returncode == 0
    assert inside(root, "dpkg", "-V", UNIT).stdout == ""
    assert len(list((root / "usr/lib/zhendao-device").glob("*/zhendao"))) == 1


def test_an_upgrade_on_a_full_disk_changes_nothing(clean: Path, packages: tuple[Path, Path], tmp_path: Path) -> None:
    image, root = tmp_path / "image", tmp_path / "small"
    root.mkdir()
    with image.open("wb") as file:
        file.truncate(700 << 20)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", image], check=True)
    if subprocess.run(["mount", "-o", "loop", image, root], check=False, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("no loop device here")
    try:
        subprocess.run(["cp", "-a", f"{clean}/.", str(root)], check=True)
        for one in packages:
            shutil.copy(one, root / "srv")
        assert inside(root, "dpkg", "-i", f"/srv/{packages[0].name}").returncode == 0
        with (root / "srv/filler").open("wb") as filler:
            os.posix_fallocate(filler.fileno(), 0, os.statvfs(root).f_bavail * os.statvfs(root).f_frsize - (8 << 20))
        assert inside(root, "dpkg", "-i", f"/srv/{packages[1].name}").returncode != 0
        done = inside(root, "zhendao-device", "run", "--lang", "en")
        assert "not enrolled" in done.stderr, done.stderr
        (root / "srv/filler").unlink()
        assert inside(root, "dpkg", "-i", f"/srv/{packages[1].name}").returncode == 0
    finally:
        subprocess.run(["umount", root], check=True)


def reader_inside(machine: Machine) -> Emulator:
    """Return an emulator that runs there as the terminal's user, whose pseudo-terminal it then is."""
    (home,) = (machine.root / "usr/lib/zhendao-device").glob("*/zhendao")
    path = f"PYTHONPATH={ROOT}/src:/{home.parent.relative_to(machine.root)}"
    as_user = ("setpriv", f"--reuid={UNIT}", f"--regid={UNIT}", "--init-groups")
    python = machine.command("PATH=/usr/sbin:/usr/bin", path, *as_user, "python3", "-B")
    return Emulator(Path("/run/zhendao-device/reader"), "--state", "/srv/tags", python=python)


def test_it_enrols_starts_takes_a_check_and_is_looked_after_by_systemd(
    root: Path, packages: tuple[Path, Path], tmp_path: Path
) -> None:
    authority, gateway = tmp_path / "authority", tmp_path / "gateway"
    python("provisioning", "init", authority, "--tenant", "test", **PASSPHRASE)
    python("provisioning", "gateway", "install", authority, "--data-dir", gateway, **PASSPHRASE)
    tags = root / "srv/tags"
    with Emulator(tmp_path / "reader", "--state", str(tags)) as writer:
        for name, uid, role in (("door", DOOR, "door"), ("card", CARD, "caregiver")):
            writer.do(f"tag {name} ntag213 uid={uid.hex()}")
            writer.do(f"present {name}")
            words = ("tag", "write", authority, "--port", writer.link, "--role", role)
            python("provisioning", *words, **PASSPHRASE)
            writer.do(f"remove {name}")
    broker = Broker(tmp_path)
    settings = root / "etc/zhendao/device.toml"
    text = settings.read_text().replace("mqtts://broker.example:8883", f"mqtt://127.0.0.1:{broker.port}")
    settings.write_text(text.replace("/dev/serial0", "/run/zhendao-device/reader"))
    drop_in = root / "etc/systemd/system/zhendao-device.service.d/test.conf"
    drop_in.parent.mkdir(parents=True)
    # The emulated reader is a pseudo-terminal; a watchdog that bites soon, so that the test need not wait for it.
    drop_in.write_text("[Service]\nDeviceAllow=char-pts rw\nWatchdogSec=4\nEnvironment=LANG=C.UTF-8\n")
    (tmp_path / "gateway.toml").write_text(
        f'data_dir = "{gateway}"\n[store]\nurl = "sqlite:///{gateway}/gateway.db"\n'
        f'[broker]\nurl = "mqtt://127.0.0.1:{broker.port}"\n[http]\nlisten = "127.0.0.1:{free_port()}"\n'
    )
    with ended(broker.process), booted(root, ROOT) as machine:
        enrol(machine, authority, tmp_path)
        machine.must("install", "-d", "-o", UNIT, "-g", UNIT, "/run/zhendao-device")
        machine.must("chown", "-R", f"{UNIT}:", "/srv/tags")
        with reader_inside(machine) as reader:
            reader.do(f"tag door ntag213 uid={DOOR.hex()}")
            reader.do(f"tag card ntag213 uid={CARD.hex()}")
            machine.must("systemctl", "enable", "--now", UNIT)  # returns when it can be tapped
            assert "ready to tap" in machine.show(UNIT, "StatusText")
            assert (machine.show(UNIT, "ActiveState"), machine.show(UNIT, "Type")) == ("active", "notify")
            check(machine, reader)
            a_hung_process_is_ended_and_begins_again(machine)
            an_upgrade_begins_it_again(machine, packages[1])
            nothing_is_lost_by_removal(machine, packages[1], gateway)


def enrol(machine: Machine, authority: Path, folder: Path) -> None:
    """Carry the request to the authority and its answer back, as docs/operations.md says."""
    as_user = ("runuser", "-u", UNIT, "--", "zhendao-device", "enrol")
    machine.must(*as_user, "--request", f"/{DATA}/request.cbor")
    shutil.copy(machine.root / DATA / "request.cbor", folder / "request.cbor")
    papers = ("--request", folder / "request.cbor", "--out", folder / "answer.cbor")
    where = ("--placement", "home", "--mounting", "cradle")
    python("provisioning", "terminal", "approve", authority, *papers, *where, **PASSPHRASE)
    shutil.copy(folder / "answer.cbor", machine.root / "srv/answer.cbor")
    (machine.root / "srv/answer.cbor").chmod(0o644)
    machine.must(*as_user, "--answer", "/srv/answer.cbor")


def check(machine: Machine, reader: Emulator) -> None:
    """Hold tag and card there; the good signal is in the log of the service."""
    for tag, said in (("door", "door tag"), ("card", "check-in recorded")):
        reader.do(f"present {tag}")
        machine.until(lambda said=said: said in machine.log())  # type: ignore[misc]  # bound now
        reader.do(f"remove {tag}")
    assert "green, one long tone" in machine.log()


def a_hung_process_is_ended_and_begins_again(machine: Machine) -> None:
    before = machine.show(UNIT, "MainPID")
    machine.must("sh", "-c", f"kill -STOP {before}")
    machine.until(lambda: machine.show(UNIT, "NRestarts") == "1" and machine.show(UNIT, "ActiveState") == "active")
    assert machine.show(UNIT, "MainPID") != before
    assert "Watchdog timeout" in machine.log()


def an_upgrade_begins_it_again(machine: Machine, package: Path) -> None:
    before = machine.show(UNIT, "MainPID")
    machine.must("dpkg", "-i", f"/srv/{package.name}")
    machine.until(lambda: machine.show(UNIT, "ActiveState") == "active" and machine.show(UNIT, "MainPID") != before)
    assert "ready to tap" in machine.show(UNIT, "StatusText")


def nothing_is_lost_by_removal(machine: Machine, package: Path, gateway: Path) -> None:
    """What the gateway does not have outlives a purge; once it has everything, a purge leaves nothing."""
    data, settings = machine.root / DATA, machine.root / "etc/zhendao/device.toml"
    text = settings.read_text()
    machine.must("dpkg", "--remove", UNIT)
    assert machine.run("systemctl", "is-active", UNIT).stdout.strip() == "inactive"
    machine.must("dpkg", "-i", f"/srv/{package.name}")  # it was enabled: it goes on where it stood
    machine.until(lambda: machine.show(UNIT, "ActiveState") == "active")
    assert "is kept" in machine.must("dpkg", "--purge", UNIT)
    assert machine.run("systemctl", "is-active", UNIT).stdout.strip() == "inactive"
    assert (data / "identity/terminal.key").exists()
    machine.must("dpkg", "-i", f"/srv/{package.name}")
    settings.write_text(text)
    machine.must("systemctl", "enable", "--now", UNIT)
    code = "import sys; from zhendao.gateway.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "run", "--config", str(gateway.with_suffix(".toml"))]
    with ended(subprocess.Popen(command, stderr=subprocess.DEVNULL)):
        machine.until(lambda: ", 0 unconfirmed" in machine.show(UNIT, "StatusText"))
    assert "is kept" not in machine.must("dpkg", "--purge", UNIT)
    assert not data.exists()
