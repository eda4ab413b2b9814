"""A duty screen in a pipe says once that the gateway is away, and says it anew when it went again."""

import queue

import pytest

from zhendao.gateway.alerts import watching
from zhendao.gateway.alerts.client import AwayError
from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Text


def away() -> AwayError:
    return AwayError("https://gateway", "Connection refused")


def test_a_gateway_that_is_away_is_told_of_once_however_often_it_is_tried(capsys: pytest.CaptureFixture[str]) -> None:
    news: queue.Queue[watching.News] = queue.Queue()
    for one in (away(), away(), away(), (None, {}), away(), ZhendaoError(Text("完", "end"), Text("完", "end"))):
        news.put(one)
    with pytest.raises(ZhendaoError, match="end"):
        watching._lines(news, "zh", as_json=False)
    assert capsys.readouterr().err.count("无法连接网关") == 2
