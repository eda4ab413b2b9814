"""`zhendao-provision site survey`: a survey bound to place, elder and door tag, and held against the address."""

import argparse
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line
from zhendao.command.parser import Command, Parser
from zhendao.protocol.wording import Language, Text
from zhendao.provisioning.commands import options
from zhendao.provisioning.commands.terminals import token_id

if TYPE_CHECKING:
    from zhendao.provisioning.site.binding import Address

_DATUMS = ("wgs84", "cgcs2000", "gcj02", "bd09", "unknown")
_DEFAULT_ACCURACY_M = 50
_DEFAULT_RADIUS_M = 60
_MOST_ACCURACY_M = 10_000
_MOST_NAME = 64


def number(text: str) -> str:
    """Return a number of the registry, or a name: 1 to 64 characters that can be seen."""
    if not 1 <= len(text.strip()) <= _MOST_NAME or not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text[:16]!r}: 1…{_MOST_NAME}")
    return text.strip()


def _survey_arguments(parser: Parser) -> None:
    options.authority(parser)
    parser.option(
        "--record",
        required=True,
        type=Path,
        metavar="FILE",
        text=Text(
            "终端的测量记录（zhendao-device survey --out）", "the terminal's record: zhendao-device survey --out"
        ),
    )
    parser.option(
        "--place", required=True, type=number, metavar="ID", text=Text("地点编号", "id of the place in the registry")
    )
    parser.option("--elder", type=number, metavar="ID", text=Text("老人编号", "id of the elder in the registry"))
    parser.option(
        "--door",
        metavar="TOKENID",
        type=token_id,
        text=Text("门牌令牌编号，缺省为批准时绑定的", "token id of the door tag, default: the one bound at approval"),
    )
    parser.option("--engineer", required=True, type=number, metavar="NAME", text=Text("工程师", "who does it"))
    parser.option(
        "--address",
        metavar="LAT,LON",
        text=Text("登记地址的坐标，十进制度", "coordinates of the registered address, decimal degrees"),
    )
    parser.option(
        "--datum",
        choices=_DATUMS,
        default="unknown",
        text=Text("该坐标所称的坐标系，缺省 unknown", "the datum that they are said to be in, default unknown"),
    )
    parser.option(
        "--address-accuracy",
        type=int,
        default=_DEFAULT_ACCURACY_M,
        metavar="M",
        text=Text("地址坐标的精度（95%%，米），缺省 50", "how good they are (95 %%, metres), default 50"),
    )
    parser.option(
        "--registry",
        type=Path,
        metavar="FOLDER",
        text=Text("把地点与终端写成登记表（CSV）", "write place and terminal as tables of the registry"),
    )
    parser.option(
        "--radius",
        type=int,
        default=_DEFAULT_RADIUS_M,
        metavar="M",
        text=Text("登记的半径（米），缺省 60", "radius for the registry, metres, default 60"),
    )


def _survey(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.authority import Authority  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.folders import write_file  # noqa: PLC0415 - as above
    from zhendao.provisioning.site import acceptance, shelf  # noqa: PLC0415 - as above
    from zhendao.provisioning.site.binding import Bound, bind  # noqa: PLC0415 - as above
    from zhendao.provisioning.site.registry_rows import rows  # noqa: PLC0415 - as above

    now_s = int(time.time())
    address = _address(arguments)
    authority = Authority.open(arguments.folder)
    record = acceptance.statement(arguments.record, "survey")
    device = acceptance.check_terminal(authority, record, now_s)
    duty = shelf.duty_of(authority, device)
    bound = Bound(arguments.place, arguments.elder, shelf.door_of(authority, duty, arguments.door), arguments.engineer)
    site = bind(record, duty, bound, address, now_s * 1000)
    shelf.keep(authority, record, site)
    compared = site["comparison"]
    authority.note(
        "site survey",
        now_s,
        device=device,
        place=bound.place,
        elder=bound.elder,
        door=site["door"],
        fixes=len(record.facts["fixes"]),
        address=None if compared is None else compared["verdict"],
    )
    if arguments.registry is not None:
        for name, table in rows(site, arguments.radius).items():
            write_file(arguments.registry / name, _with_others(arguments.registry / name, table).encode())
    if arguments.json:
        emit_json(site)
        return 0
    for text in _told(site, record.facts):
        line(text.in_(language))
    return 0


def _with_others(path: Path, table: str) -> str:
    """Return ``table`` with the homes that are in the file already. Raises `SiteError`."""
    from zhendao.provisioning.site.acceptance import SiteError  # noqa: PLC0415 - help must stay light
    from zhendao.provisioning.site.registry_rows import merged  # noqa: PLC0415 - as above

    try:
        return merged(path.read_text("utf-8"), table) if path.exists() else table
    except (OSError, ValueError) as error:
        raise SiteError(
            Text(
                f"{path} 已存在，且不是这里写的登记表", f"{path} is there already, and no table that was written here"
            ),
            Text("请另选目录", "choose another folder"),
        ) from error


def _told(site: dict[str, "object"], facts: dict[str, "object"]) -> list[Text]:
    said = [
        Text(f"终端 {site['device']} 绑定地点 {site['place']}", f"terminal {site['device']} bound to {site['place']}")
    ]
    position, compared = site["position"], site["comparison"]
    if isinstance(position, dict):
        major, minor, turn = position["error95"]
        place = f"{position['lat_e7'] / 1e7:.7f}, {position['lon_e7'] / 1e7:.7f}"
        axes = f"{major / 10:.1f} × {minor / 10:.1f} m, {turn}°"
        count, out = position["fixes"], position["outliers"]
        said.append(
            Text(
                f"位置 {place}（WGS-84），95% 误差椭圆 {axes}；{count} 次定位，剔除 {out} 次",
                f"place {place} (WGS-84), 95 % error ellipse {axes}; {count} fixes, {out} set aside",
            )
        )
    else:
        receiver = facts["receiver"]
        zh, en = (receiver["zh"], receiver["en"]) if isinstance(receiver, dict) else ("没有接收机", "no receiver")
        said.append(Text(f"没有定位（{zh}）：安装可以继续", f"no fix ({en}): the installation goes on"))
    if isinstance(compared, dict):
        said.append(Text(compared["zh"], compared["en"]))
    return said


def _address(arguments: argparse.Namespace) -> "Address | None":
    from zhendao.protocol.vocabulary import Datum  # noqa: PLC0415 - help must stay light
    from zhendao.provisioning.site.binding import Address  # noqa: PLC0415 - as above

    if arguments.address is None:
        return None
    found = re.fullmatch(r"\s*(-?\d{1,2}(?:\.\d+)?)\s*[,，]\s*(-?\d{1,3}(?:\.\d+)?)\s*", arguments.address)
    lat, lon = (float(found[1]), float(found[2])) if found else (99.0, 0.0)
    if abs(lat) > 90 or abs(lon) > 180:  # noqa: PLR2004 - degrees
        raise UsageError(
            Text(f"--address：不是坐标：{arguments.address}", f"--address: no coordinates: {arguments.address}"),
            Text("例如 31.1885432,121.4370010（先纬度后经度）", "such as 31.1885432,121.4370010: latitude first"),
        )
    if not 1 <= arguments.address_accuracy <= _MOST_ACCURACY_M:
        raise UsageError(Text("--address-accuracy：1 到 10000 米", "--address-accuracy: 1 to 10000 metres"))
    stated = None if arguments.datum == "unknown" else Datum[arguments.datum.upper()]
    return Address(round(lat * 1e7), round(lon * 1e7), stated, float(arguments.address_accuracy))


SURVEY = Command(
    "site survey",
    Text(
        "把测量记录、地点、老人、门牌绑在一起，并核对登记地址的坐标系",
        "bind a survey to place, elder and door tag; check the address",
    ),
    _survey_arguments,
    _survey,
    Text(
        "zhendao-provision site survey 机构 --record survey.json --place P001 --elder E001 --engineer 张三 \\\n"
        "    --address 31.1885432,121.4370010 --datum gcj02",
        "zhendao-provision site survey authority --record survey.json --place P1 --elder E1 --engineer Li \\\n"
        "    --address 31.1885432,121.4370010 --datum gcj02",
    ),
)
