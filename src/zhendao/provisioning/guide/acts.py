"""What each step of an installation does: it asks, and starts the command that a person would start.

Each act may be done again at any time: the commands behind them find out themselves what is done already, and what was
written before is written whole anew. Files of the installation lie in its folder: request, answer, survey, self-test,
certificate (JSON and PDF) and the rows for the registry.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zhendao.protocol.wording import Text, same
from zhendao.provisioning.errors import StepError
from zhendao.provisioning.guide import asked, steps, wiring
from zhendao.provisioning.passphrase import ENVIRONMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from zhendao.provisioning.guide.dialogue import Person
    from zhendao.provisioning.guide.journey import Journey
    from zhendao.provisioning.guide.tools import Tools
    from zhendao.provisioning.guide.walking import Act

DEVICE, PROVISION = "zhendao-device", "zhendao-provision"
UNIT: Final = "zhendao-device.service"
_SYSTEMD: Final = Path("/run/systemd/system")
_START_S: Final = 90.0
_WAIT_S: Final = 60
_SELFTEST_S: Final = 300.0
CERTIFICATE, PAGE, ROWS = "acceptance.json", "acceptance.pdf", "registry"


@dataclass
class Acts:
    """The acts of one installation.

    Attributes:
        tools: starts the other commands.
        person: who is asked.
        authority: folder of the authority.
        config: the terminal's `device.toml`.
        folder: where the files of the installation are put.
        passphrase: gives the authority's passphrase when it is needed; it stays in memory.
        data_dir: of the terminal, for a `device.toml` that is made here.
        fixes: how many the survey records.
        signals: how light and buzzer are answered for (see `zhendao-device selftest`).
    """

    tools: Tools
    person: Person
    authority: Path
    config: Path
    folder: Path
    passphrase: Callable[[], str]
    data_dir: str = wiring.DATA_DIR
    fixes: int = 60
    signals: str = "ask"

    def all(self) -> Mapping[str, Act]:
        """Return each act under the name of its step."""
        return {
            steps.HOME: self.home,
            steps.SETTINGS: self.settings,
            steps.DOOR: self.door,
            steps.ENROL: self.enrol,
            steps.SURVEY: self.survey,
            steps.TEST: self.test,
            steps.ACCEPT: self.accept,
            steps.START: self.start,
        }

    def home(self, _journey: Journey) -> Mapping[str, str]:
        """Ask whose home it is."""
        ask, choose = self.person.ask, self.person.choose
        found = {"placement": choose(asked.PLACEMENT)}
        found["mounting"] = choose(asked.MOUNTING) if found["placement"] == "home" else "cradle"
        found["place"] = ask(asked.PLACE)
        found["elder"] = ask(asked.ELDER) if found["placement"] == "home" else ""
        found["engineer"] = ask(asked.ENGINEER)
        found["address"] = ask(asked.ADDRESS)
        found["datum"] = choose(asked.DATUM) if found["address"] else "unknown"
        return found

    def settings(self, _journey: Journey) -> Mapping[str, str]:
        """Take the settings that are there; ask for them where there are none."""
        made = not self.config.exists()
        if made:
            there = wiring.ports()
            answers = {
                "reader": self.person.ask(asked.reader(there)),
                "receiver": self.person.ask(asked.receiver(there)),
                "broker": self.person.ask(asked.BROKER),
            }
            answers["baud"] = self.person.choose(asked.BAUD) if answers["receiver"] else ""
            wiring.write(self.config, wiring.text_of(answers, self.data_dir))
        return {"config": str(self.config), "reader": wiring.reader_of(self.config), "made": "yes" if made else "no"}

    def door(self, journey: Journey) -> Mapping[str, str]:
        """Read the door tag that is to be bound to the terminal."""
        if journey.found(steps.HOME)["placement"] != "home":
            return {"door": ""}
        reader = journey.found(steps.SETTINGS)["reader"]
        read = self._tell(PROVISION, "card", "check", self.authority, "--port", reader, "--wait", _WAIT_S, fine=(0, 1))
        if not read["good"] or read["role"] != "door":
            raise StepError(
                Text(f"这张标签不能作门牌：{_state(read)}", f"this tag cannot be the door tag: {_state(read)}"),
                Text("请用写好的门牌；写门牌：zhendao-provision card write --role door",
                     "take one that is written: zhendao-provision card write --role door"),
            )  # fmt: skip
        return {"door": read["token_id"], "uid": read["uid"], "strength": read["strength"]}

    def enrol(self, journey: Journey) -> Mapping[str, str]:
        """Make the terminal's key in the terminal, and have it certified."""
        home, door = journey.found(steps.HOME), journey.found(steps.DOOR)["door"]
        request, answer = self.folder / "request.cbor", self.folder / "answer.cbor"
        made = self._tell(DEVICE, "enrol", "--config", self.config, "--request", request)
        duty = ["--placement", home["placement"], "--mounting", home["mounting"], *(["--door", door] if door else [])]
        self._tell(
            PROVISION, "terminal", "approve", self.authority, "--request", request, "--out", answer,
            "--code", made["code"], *duty, secret=True,
        )  # fmt: skip
        taken = self._tell(DEVICE, "enrol", "--config", self.config, "--answer", answer)
        return {"device": taken["device"], "tenant": taken["tenant"], "keystore": made["keystore"]}

    def survey(self, journey: Journey) -> Mapping[str, str]:
        """Record fixes where the terminal hangs, and bind terminal, door tag, elder and place."""
        home, door, record = journey.found(steps.HOME), journey.found(steps.DOOR)["door"], self.folder / "survey.json"
        patience_s = 90.0 + 2 * self.fixes
        self._tell(
            DEVICE, "survey", "--config", self.config, "--fixes", self.fixes, "--out", record, patience_s=patience_s
        )
        words: list[object] = ["--record", record, "--place", home["place"], "--engineer", home["engineer"]]
        words += ["--registry", self.folder / ROWS]
        words += ["--elder", home["elder"]] if home["elder"] else []
        words += ["--door", door] if door else []
        if home["address"]:
            words += [f"--address={home['address']}", "--datum", home["datum"]]
        site = self._tell(PROVISION, "site", "survey", self.authority, *words)
        position, compared = site["position"], site["comparison"]
        found = {"record": str(record)}
        if position is not None:
            major, minor, turn = position["error95"]
            found["position"] = f"{position['lat_e7'] / 1e7:.7f},{position['lon_e7'] / 1e7:.7f}"
            found["error95"] = f"{major / 10:.1f} × {minor / 10:.1f} m, {turn}°"
            self.person.say([f"  {found['position']} ± {found['error95']}"])
        else:
            self.person.say(
                [Text("  没有定位，安装继续", "  no fix; the installation goes on").in_(self.tools.language)]
            )
        if compared is not None:
            found["address"] = compared["verdict"]
            self.person.say([f"  {Text(compared['zh'], compared['en']).in_(self.tools.language)}"])
        return found

    def test(self, _journey: Journey) -> Mapping[str, str]:
        """Try every part, with the person showing tag and card."""
        record = self.folder / "selftest.json"
        said = self._tell(
            DEVICE, "selftest", "--config", self.config, "--out", record, "--wait", _WAIT_S, "--signals", self.signals,
            patience_s=_SELFTEST_S, fine=(0, 1), keyboard=True,
        )  # fmt: skip
        parts = said["facts"]["parts"]
        for part in parts:
            if part["outcome"] == "failed":
                cure = part.get("cure")
                raise StepError(_text(part["what"]), None if cure is None else _text(cure))
        return {"record": str(record), **{part["part"]: part["outcome"] for part in parts}}

    def accept(self, journey: Journey) -> Mapping[str, str]:
        """Make the certificate, have it signed by the terminal and countersigned by the authority."""
        draft, signed = self.folder / "draft.json", self.folder / "signed.json"
        certificate, page = self.folder / CERTIFICATE, self.folder / PAGE
        tested = journey.found(steps.TEST)["record"]
        made = self._tell(PROVISION, "site", "accept", self.authority, "--selftest", tested, "--out", draft)
        self._tell(DEVICE, "accept", "--config", self.config, "--draft", draft, "--out", signed)
        done = self._tell(
            PROVISION, "site", "certify", self.authority, "--signed", signed, "--out", certificate, "--pdf", page,
            secret=True,
        )  # fmt: skip
        remarks = [f"  ! {_text(one).in_(self.tools.language)}" for one in made["remarks"]]
        self.person.say([*remarks, f"  {certificate}", f"  {page}", f"  {done['check_value']}"])
        return {"certificate": str(certificate), "page": str(page), "check_value": done["check_value"]}

    def start(self, _journey: Journey) -> Mapping[str, str]:
        """Start the terminal's service, or say how it is started."""
        by_hand = f"zhendao-device run --config {self.config}"
        if not _SYSTEMD.is_dir():
            self.person.say([Text("  请运行：", "  run:").in_(self.tools.language), f"  {by_hand}"])
            return {"started": "by-hand"}
        if self.person.choose(asked.START) == "no":
            return {"started": "no"}
        words = ("systemctl", "enable", "--now", UNIT)
        try:
            subprocess.run(words, check=True, capture_output=True, timeout=_START_S)  # noqa: S603 - fixed words, no shell
        except (OSError, subprocess.SubprocessError) as error:
            raise StepError(
                Text(f"服务没有启动：{error}", f"the service did not start: {error}"),
                same(f"journalctl -u {UNIT}"),
            ) from error
        return {"started": "yes"}

    def _tell(self, command: str, *words: object, secret: bool = False, **how: Any) -> Any:
        """Start a command; one that needs the passphrase gets it by its environment."""
        extra = {ENVIRONMENT: self.passphrase()} if secret else {}
        return self.tools.run(command, *words, environment=extra, **how)


def _state(read: Mapping[str, Any]) -> str:
    role, state = read["role"], read["state"]
    return f"{state}" if role is None else f"{role}, {state}"


def _text(raw: Mapping[str, str]) -> Text:
    return Text(raw["zh"], raw["en"])
