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
