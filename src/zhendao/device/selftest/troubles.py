"""Everything that the self-test can find wrong by itself: a code, a sentence, and the cure. The one table.

What a driver, a key store or a port says keeps the sentence of its own error. Words in braces are filled in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zhendao.protocol.wording import Text

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, and what to do about it."""

    said: Text
    cure: Text

    def what(self, words: Mapping[str, str]) -> Text:
        """Return the sentence with ``words`` filled in."""
        return Text(self.said.zh.format_map(words), self.said.en.format_map(words))


def _row(zh: str, en: str, cure_zh: str, cure_en: str) -> Trouble:
    return Trouble(Text(zh, en), Text(cure_zh, cure_en))


TROUBLES: dict[str, Trouble] = {
    "timed-out": _row(
        "{part} 在 {seconds} 秒内没有完成",
        "{part} was not done within {seconds} s",
        "请断电重启终端再测；仍如此请更换该部件",
        "switch the terminal off and on, and test again; if it comes again, replace that part",
    ),
    "disk-full": _row(
        "磁盘已满，只剩 {free_mib} MiB",
        "the disk is full: {free_mib} MiB are free",
        "请腾出空间（journalctl --vacuum-size=50M，apt-get clean）",
        "free some space: journalctl --vacuum-size=50M, apt-get clean",
    ),
    "disk-refused": _row(
        "磁盘不能写入：{detail}",
        "the disk cannot be written: {detail}",
        "请检查 [terminal] data_dir 的权限；存储卡只读或损坏时请更换",
        "check the rights of [terminal] data_dir; a card that has become read-only is worn out: replace it",
    ),
    "disk-differs": _row(
        "磁盘读回的内容与写入的不同",
        "the disk gives back something else than was written",
        "请更换存储卡",
        "replace the memory card",
    ),
    "key-false": _row(
        "终端密钥签出的名不能通过验证",
        "what the terminal's key signs does not hold",
        "请重新注册终端；密钥在 TPM 中时请检查芯片",
        "enrol the terminal again; where the key is in a TPM, look at the chip",
    ),
    "clock-wrong": _row(
        "系统时钟明显错误（{day}）",
        "the clock is wrong for certain ({day})",
        "请接通网络或卫星天线；终端照常记录，时间待校正后补正",
        "let it reach NTP or satellites; visits are recorded, and dated once the time is known",
    ),
    "clock-unset": _row(
        "没有可信的时间来源：NTP 未同步，卫星也未授时",
        "nothing tells the time: neither NTP nor satellites",
        "请启用 systemd-timesyncd 或 chrony，或把天线移到窗边",
        "enable systemd-timesyncd or chrony, or move the antenna to a window",
    ),
    "gnss-deaf": _row(
        "接收机没有可读的数据：{detail_zh}",
        "nothing readable comes from the receiver: {detail_en}",
        "请检查接线、供电与 [gnss] port；zhendao-device gnss watch 可实时查看",
        "check wiring, power and [gnss] port; zhendao-device gnss watch shows it live",
    ),
    "gnss-doubtful": _row(
        "接收机有数据，但有异常：{detail_zh}",
        "the receiver talks, and something is odd: {detail_en}",
        "请检查天线及其周围；打卡不受影响，位置会带标记",
        "look at the antenna and what is near it; checks are not affected, their positions are flagged",
    ),
    "gnss-no-fix": _row(
        "{seconds} 秒内没有可靠定位：室内常有",
        "no good fix within {seconds} s: ordinary indoors",
        "如可能请把天线移到窗边；无定位不影响打卡",
        "move the antenna to a window if you can; checks need no fix",
    ),
    "reader-unready": _row(
        "读卡器在 {seconds} 秒内没有就绪",
        "the reader was not ready within {seconds} s",
        "请检查接线与供电，断电重试",
        "check wiring and power, switch it off and on",
    ),
    "door-missing": _row(
        "{seconds} 秒内没有读到门牌",
        "no door tag was read within {seconds} s",
        "请把门牌贴近读卡区；上墙安装时门牌应固定在终端背后的读卡区内",
        "hold the door tag to the reader; on a wall it is fixed behind the terminal, within its field",
    ),
    "door-unreadable": _row(
        "门牌读不出（{detail}）",
        "the door tag cannot be read ({detail})",
        "请放平贴近；金属墙面请垫抗金属标签；仍读不出请换一张门牌",
        "hold it flat and close; on metal use a tag made for it; if it stays so, write another tag",
    ),
    "door-foreign": _row(
        "这是别家的门牌（令牌 {token}），不是本终端绑定的",
        "this is the door tag of another home (token {token}), not the one bound to this terminal",
        "请换回本户门牌；若确要用这张，请重新绑定（zhendao-provision 批准时的 --door）",
        "use this home's own tag; or bind this one: --door at the terminal's approval",
    ),
    "door-forged": _row(
        "门牌的签名无效：伪造，或复制自另一张标签",
        "the door tag's signature does not hold: forged, or copied from another tag",
        "请收走这张标签并报告；另写一张（zhendao-provision tag write）",
        "take this tag away and report it; write another one (zhendao-provision tag write)",
    ),
    "door-issuer": _row(
        "门牌由其他机构签发",
        "the door tag was issued by another authority",
        "请用本机构签发的门牌",
        "use a tag that this authority has issued",
    ),
    "door-refused": _row(
        "门牌被终端拒绝（{detail}）",
        "the terminal refuses the door tag ({detail})",
        "请另写一张门牌",
        "write another door tag",
    ),
    "door-none": _row(
        "这张不是门牌（{detail}）",
        "this is no door tag ({detail})",
        "请先出示门牌，再出示工卡；未写入的标签请先写入（zhendao-provision tag write --role door）",
        "show the door tag first, then the card; write a blank one first: zhendao-provision tag write --role door",
    ),
    "door-unbound": _row(
        "门牌有效，但本终端没有绑定门牌",
        "the door tag is good, but no tag is bound to this terminal",
        "批准终端时请用 --door；不绑定则任何门牌都会被接受",
        "approve the terminal with --door; without it any door tag is taken",
    ),
    "door-opened": _row(
        "门牌的防拆环已断开：曾被揭下",
        "the door tag's tamper loop is open: it was peeled off",
        "请更换门牌并重新绑定",
        "put another door tag there and bind it",
    ),
    "card-missing": _row(
        "{seconds} 秒内没有读到工卡",
        "no card was read within {seconds} s",
        "请把工卡贴近读卡区，取下手机壳内的其他卡",
        "hold the card to the reader, away from other cards",
    ),
    "card-unreadable": _row(
        "工卡读不出（{detail}）",
        "the card cannot be read ({detail})",
        "请单独放平贴近；手机与随机号卡不能打卡",
        "hold it flat and alone; a telephone or a card with a random number cannot be used",
    ),
    "card-forged": _row(
        "工卡的签名无效：伪造，或复制自另一张卡",
        "the card's signature does not hold: forged, or copied from another card",
        "请收走这张卡并报告；重新发卡",
        "take this card away and report it; issue another one",
    ),
    "card-issuer": _row(
        "工卡由其他机构签发",
        "the card was issued by another authority",
        "请用本机构签发的工卡",
        "use a card that this authority has issued",
    ),
    "card-refused": _row(
        "工卡被终端拒绝（{detail}）",
        "the terminal refuses the card ({detail})",
        "请换一张在用的工卡",
        "use a card that is in service",
    ),
    "card-none": _row(
        "这张不是工卡，而是 {detail}",
        "this is no caregiver's card, but a {detail}",
        "请出示护理员或工程师的卡",
        "show a caregiver's or an engineer's card",
    ),
    "card-unknown": _row(
        "这张卡上没有令牌，只能按卡号识别",
        "this card carries no token: it is known by its number only",
        "可以打卡，但易被复制；请发放带签名的卡",
        "it can be used, and is easy to copy: issue a card that is signed",
    ),
    "broker-unreachable": _row(
        "{detail_zh}",
        "{detail_en}",
        "请检查网络、[broker] url 与防火墙；记录保存在本机，恢复后自动上传",
        "check the network, [broker] url and the firewall; events are kept here and sent once it is back",
    ),
    "broker-refused": _row(
        "消息代理拒绝接入或订阅：{detail}",
        "the broker does not let this terminal in: {detail}",
        "请检查终端的 TLS 证书与代理的访问控制（zhendao-provision broker install）",
        "check the terminal's TLS certificate and the broker's access list (zhendao-provision broker install)",
    ),
    "signals-missed": _row(
        "灯或蜂鸣没有按提示出现：{detail}",
        "a light or the buzzer did not do as it should: {detail}",
        "请检查 [feedback] 的引脚与接线",
        "check the pins of [feedback] and their wires",
    ),
    "signals-unasked": _row(
        "没有人确认灯与蜂鸣",
        "nobody was there to say whether light and buzzer worked",
        "请在终端前运行自检，或用 --signals yes",
        "run the self-test in front of the terminal, or say --signals yes",
    ),
}
