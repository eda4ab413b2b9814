"""Records in a Kafka topic, by its own protocol, at the broker in memory that librdkafka brings."""

import json
from collections.abc import Iterator

import pytest
from aiokafka import AIOKafkaConsumer
from confluent_kafka import Producer

from zhendao.gateway.forward.errors import LinkError
from zhendao.gateway.forward.kafka import ID, Kafka
from zhendao.gateway.forward.record import Letter, Record, Verdict

CONTENT = '{"名":"值"}'


@pytest.fixture
def address() -> Iterator[str]:
    # The broker lives as long as this client of librdkafka, whose own servers are not used.
    keeper = Producer({"bootstrap.servers": "unused", "test.mock.num.brokers": 1, "log_level": 0})
    (broker,) = keeper.list_topics(timeout=60).brokers.values()
    yield f"{broker.host}:{broker.port}"
    del keeper


def letters(*numbers: int, revision: int = 1, content: str = CONTENT) -> list[Letter]:
    return [Letter(Record(n, "visit", f"v{n}", revision), content) for n in numbers]


async def held(address: str, least: int) -> list[tuple[str, int, dict[str, object]]]:
    """Return id, partition and content of ``least`` messages."""
    consumer = AIOKafkaConsumer("records", bootstrap_servers=address, auto_offset_reset="earliest")
    await consumer.start()
    found = []
    while len(found) < least:
        for place, messages in (await consumer.getmany(timeout_ms=500)).items():
            found += [(dict(one.headers)[ID].decode(), place.partition, json.loads(one.value)) for one in messages]
    ends = await consumer.end_offsets(consumer.assignment())
    assert sum(ends.values()) == len(found)
    await consumer.stop()
    return found


async def test_each_record_is_one_message_and_its_revisions_follow_in_one_partition(address: str) -> None:
    to = Kafka(f"kafka://{address}/records", timeout_s=60)
    answers = await to.send(letters(*range(1, 9)), "")
    assert all((one.verdict, one.status) == (Verdict.TAKEN, "accepted") for one in answers.values())
    assert answers["visit/v1/1"].receipt.startswith("records/")
    await to.send(letters(*range(1, 9), revision=2), "")
    await to.close()
    found = await held(address, 16)
    assert found[0][2]["payload"] == {"名": "值"}
    for number in range(1, 9):
        of_it = [(name, place) for name, place, _ in found if name.startswith(f"visit/v{number}/")]
        assert [name for name, _ in of_it] == [f"visit/v{number}/1", f"visit/v{number}/2"]
        assert len({place for _, place in of_it}) == 1


async def test_what_arrived_without_an_answer_is_not_written_again_after_a_start(address: str) -> None:
    before = Kafka(f"kafka://{address}/records", timeout_s=60)
    await before.send(letters(1, 2, 3), "")
    await before.close()
    after = Kafka(f"kafka://{address}/records", timeout_s=60)
    answers = await after.send(letters(1, 2, 3, 4), "")
    assert [one.status for one in answers.values()] == ["duplicate"] * 3 + ["accepted"]
    await after.close()
    assert sorted(name for name, *_ in await held(address, 4)) == [f"visit/v{n}/1" for n in range(1, 5)]


async def test_a_record_that_is_too_long_is_refused_and_others_go(address: str) -> None:
    to = Kafka(f"kafka://{address}/records", timeout_s=60)
    answers = await to.send(letters(1, content='{"x":"' + "x" * 2_000_000 + '"}') + letters(2), "")
    await to.close()
    assert {name: (one.verdict, one.status) for name, one in answers.items()} == {
        "visit/v1/1": (Verdict.REFUSED, "413"),
        "visit/v2/1": (Verdict.TAKEN, "accepted"),
    }


async def test_a_broker_that_is_away_is_a_link_and_no_answer() -> None:
    to = Kafka("kafka://127.0.0.1:9/records", timeout_s=5)
    with pytest.raises(LinkError):
        await to.send(letters(1), "")
    await to.close()
