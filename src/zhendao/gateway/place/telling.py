"""What the verdict on a place is told as, in both languages: measured, expected, how far off. Metres and percent."""

from typing import Final

from zhendao.gateway.registry.snapshot import Place
from zhendao.protocol.wording import Text

NO_PLACE: Final = Text("没有登记位置，无法判断", "no place is registered: it cannot be told")
NO_FIX: Final = Text(
    "打卡时没有卫星定位，无法判断（不等于不在场）", "no fix at the check: it cannot be told (and is no absence)"
)
_WITHIN: Final = Text("在登记范围内", "within the registered outline")


def within(place: Place, distance: str, error: str, percent: str) -> Text:
    """Return what is told of a check that was inside."""
    if place.outline:
        return Text(
            f"{_outlined(distance).zh}：误差 {error} 米，概率 {percent}%",
            f"{_outlined(distance).en}: error {error} m, {percent} % sure",
        )
    return Text(
        f"在登记位置内：相距 {distance} 米，半径 {place.radius_m} 米，误差 {error} 米，概率 {percent}%",
        f"at the registered place: {distance} m from it, radius {place.radius_m} m, error {error} m, {percent} % sure",
    )


def beyond(place: Place, distance: str, error: str, _percent: str) -> Text:
    """Return what is told of a check that was outside."""
    if place.outline:
        return Text(
            f"不在登记范围内：离边界 {distance} 米，超过误差 {error} 米",
            f"not within the registered outline: {distance} m from it, beyond the error of {error} m",
        )
    return Text(
        f"不在登记位置：相距 {distance} 米，超出半径 {place.radius_m} 米，且超过误差 {error} 米",
        f"not at the registered place: {distance} m from it, beyond the radius of {place.radius_m} m"
        f" and the error of {error} m",
    )


def on_the_edge(place: Place, distance: str, error: str, percent: str) -> Text:
    """Return what is told of a check near the edge."""
    if place.outline:
        return Text(
            f"无法判断：{_outlined(distance).zh}，误差 {error} 米，在内的概率 {percent}%",
            f"cannot be told: {_outlined(distance).en}, error {error} m, inside with {percent} %",
        )
    return Text(
        f"无法判断：相距 {distance} 米，半径 {place.radius_m} 米，误差 {error} 米，在内的概率 {percent}%",
        f"cannot be told: {distance} m from it, radius {place.radius_m} m, error {error} m, inside with {percent} %",
    )


def fix_inaccurate(error: str) -> Text:
    """Return what is told where the fix is too inaccurate."""
    return Text(f"无法判断：定位误差太大（{error} 米）", f"cannot be told: the fix is too inaccurate ({error} m)")


def fix_too_old(error: str) -> Text:
    """Return what is told where the fix is too old."""
    return Text(
        f"无法判断：定位太旧，其间可能已走动（{error} 米）",
        f"cannot be told: the fix is too old, one may have walked on since ({error} m)",
    )


def place_inaccurate(error: str) -> Text:
    """Return what is told where the registration is too inaccurate."""
    return Text(
        f"无法判断：登记的位置不够准确（{error} 米）",
        f"cannot be told: the registered place is too inaccurate ({error} m)",
    )


def _outlined(distance: str) -> Text:
    if distance == "0":
        return _WITHIN
    return Text(f"离登记范围 {distance} 米", f"{distance} m from the registered outline")


def learning(known: int, least: int) -> Text:
    """Return what is told while too little is known of a home."""
    return Text(
        f"无法判断：本户只有 {known} 次可用的定位，至少需要 {least} 次",
        f"cannot be told: {known} usable fixes are known of this home, {least} are needed",
    )


def here(recent: int, known: int, distance: str, reach: str, _blind: str) -> Text:
    """Return what is told of a terminal that is where it was."""
    return Text(
        f"与以往相符：最近 {recent} 次定位偏离 {distance} 米；本户以往 {known} 次定位的漂移可解释 {reach} 米以内",
        f"as before: the last {recent} fixes are {distance} m off; the drift of the {known} learned here explains"
        f" up to {reach} m",
    )


def moved(recent: int, known: int, distance: str, reach: str, _blind: str) -> Text:
    """Return what is told of a terminal that is elsewhere, and what would clear it."""
    return Text(
        f"终端可能已被移动：最近 {recent} 次定位偏离 {distance} 米，本户以往 {known} 次定位的漂移只能解释 {reach} 米；"
        "现场查看或重新勘测可以澄清",
        f"the terminal may have been moved: its last {recent} fixes are {distance} m off, the drift of the {known}"
        f" learned here explains up to {reach} m; a look at it, or a new survey, would clear it",
    )


def too_wide(_recent: int, known: int, _distance: str, reach: str, blind: str) -> Text:
    """Return what is told where fixes are so poor, or drift so far, that they say nothing."""
    return Text(
        f"无法判断：定位误差与本户 {known} 次定位的漂移太大（{reach} 米），移动 {blind} 米也看不出",
        f"cannot be told: the error of the fixes and the drift of the {known} learned here are too large ({reach} m):"
        f" a move of {blind} m would not show",
    )
