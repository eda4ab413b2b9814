"""The simulated broker and the networks around it: what each fault loses, and what it does not."""

import pytest

from samples.lines import NS, Lines
from zhendao.device.link.postings import Down, Up
from zhendao.gateway.ingest.inbox import MAX_WAITING_BYTES
from zhendao.simulators.world.net.sessions import matches

KEEPALIVE_S = 15


def begun(terminals: int = 1, seed: int = 1, **broker: object) -> Lines:
    lines = Lines(terminals, seed, **broker)
    lines.run(5)
    assert lines.gateway.connected
    assert all(one.up for one in lines.terminals)
    return lines


def numbers(first: int, last: int) -> list[bytes]:
    return [str(number).encode() for number in range(first, last + 1)]


def send(lines: Lines, first: int, last: int) -> None:
    for message in numbers(first, last):
        assert lines.terminals[0].send(message)


def test_on_a_good_day_everything_arrives_once_in_order_and_nothing_wakes_while_nothing_happens() -> None:
    lines = begun()
    one = lines.terminals[0]
    send(lines, 1, 50)
    lines.answer(one, b"well")
    lines.run(5)
    assert lines.got == one.confirmed == numbers(1, 50)
    assert one.heard == [b"well"]
    assert (b"on", False) in lines.states
    happened = lines.clockwork.happened
    lines.run(3600)
    assert lines.clockwork.happened == happened


def test_what_comes_while_the_gateway_is_away_waits_and_what_it_had_not_acknowledged_comes_again() -> None:
    lines = begun()
    lines.takes = False
    send(lines, 1, 5)
    lines.run(5)
    assert len(lines.gateway.waiting) == 5
    lines.gateway.killed()
    send(lines, 6, 10)
    lines.run(60)
    assert lines.terminals[0].confirmed == numbers(1, 10), "the broker's receipt is not the gateway's"
    assert lines.got == []
    lines.takes = True
    lines.begin_gateway()
    lines.run(5)
    assert lines.got == numbers(1, 10)


def test_answers_to_a_terminal_that_is_away_are_lost() -> None:
    lines = begun()
    one = lines.terminals[0]
    one.line.killed()
    lines.run(1)
    lines.answer(one, b"lost")
    lines.run(5)
    one.begin()
    lines.run(5)
    assert one.up
    assert one.heard == []


@pytest.mark.parametrize(("how", "least_s", "most_s"), [("killed", 0, 1), ("power", 0, 1.5 * KEEPALIVE_S + 1)])
def test_the_last_will_is_said_when_a_terminal_is_gone_and_not_when_it_left(
    how: str, least_s: float, most_s: float
) -> None:
    lines = begun()
    one = lines.terminals[0]
    lines.states.clear()
    lines.run(100)
    if how == "killed":
        one.line.killed()
    else:
        one.line.power(on=False)
    before = lines.clockwork.now_ns
    while not lines.states:
        lines.run(0.1)
    assert lines.states == [(b"off", False)]
    assert least_s <= (lines.clockwork.now_ns - before) / NS <= most_s + 0.2
    one.line.power(on=True)
    one.begin()
    lines.run(5)
    one.link.stop()
    lines.run(5)
    assert lines.states == [(b"off", False), (b"on", False), (b"off", False)]


def test_a_half_open_connection_swallows_and_both_keepalives_notice() -> None:
    lines = begun()
    one = lines.terminals[0]
    lines.run(100)
    lines.network.forget(one.name)
    begun_s = lines.clockwork.now_ns / NS
    assert one.send(b"swallowed")
    lines.run(60)
    assert one.confirmed == lines.got == []
    (gone_s,) = one.times(Down)
    assert KEEPALIVE_S <= gone_s - begun_s <= 2 * KEEPALIVE_S
    assert lines.broker.counters["expired"] + lines.broker.counters["taken over"] == 1
    assert one.up, "a new connection is not concerned"


@pytest.mark.parametrize("up", [True, False])
def test_a_connection_that_is_dead_one_way_is_left_all_the_same(*, up: bool) -> None:
    lines = begun()
    one = lines.terminals[0]
    lines.network.forget(one.name, up=up, down=not up)
    one.send(b"one")
    lines.run(60)
    assert lines.got == ([] if up else [b"one"])
    assert one.confirmed == []
    assert len(one.times(Down)) == 1
    assert one.up


def test_a_short_darkness_loses_nothing_and_a_long_one_ends_the_link() -> None:
    lines = begun()
    one = lines.terminals[0]
    send(lines, 1, 3)
    lines.network.darken(one.name, 1)
    send(lines, 4, 6)
    lines.run(10)
    assert lines.got == []
    lines.network.darken(one.name, -1)
    lines.run(15)
    assert lines.got == one.confirmed == numbers(1, 6)
    assert one.times(Down) == []
    lines.network.darken(one.name, 1)
    send(lines, 7, 7)
    lines.run(100)
    assert not one.up
    lines.network.darken(one.name, -1)
    lines.run(60)
    assert one.up
    assert lines.got == numbers(1, 6), "what a dead connection had not carried is for the terminal to send again"


def test_a_machine_without_a_route_knows_it_at_once_and_comes_back_when_the_kernel_says_so() -> None:
    lines = begun()
    one = lines.terminals[0]
    lines.network.unroute(one.name, 1)
    lines.run(40)
    assert any("no network" in why for why in one.whys())
    lines.network.unroute(one.name, -1)
    lines.run(1)
    assert one.up


def test_a_link_that_was_cut_and_is_back_before_anybody_noticed_is_asked_whether_it_still_carries() -> None:
    lines = begun()
    one = lines.terminals[0]
    lines.network.unroute(one.name, 1)
    lines.network.forget(one.name)
    lines.run(5)
    lines.network.unroute(one.name, -1)
    lines.run(4)
    assert len(one.times(Down)) == 1
    assert one.up


def test_a_slow_link_delivers_late_and_one_slower_than_the_keepalive_is_given_up() -> None:
    lines = begun()
    one = lines.terminals[0]
    lines.network.slow(one.name, 2 * NS)
    send(lines, 1, 1)
    lines.run(1.9)
    assert lines.got == []
    lines.run(2)
    assert lines.got == numbers(1, 1)
    lines.run(600)
    assert one.times(Down) == []
    lines.network.slow(one.name, 10 * NS)
    lines.run(60)
    assert not one.up
    lines.network.slow(one.name, -12 * NS)
    lines.run(60)
    assert one.up


def test_lost_packets_cost_time_and_nothing_else() -> None:
    lines = begun()
    lines.network.lose("broker", 500)
    send(lines, 1, 30)
    lines.run(300)
    assert lines.got == lines.terminals[0].confirmed == numbers(1, 30)


def test_a_broken_connection_is_known_at_once() -> None:
    lines = begun()
    lines.network.reset(lines.terminals[0].name)
    lines.run(3)
    assert len(lines.terminals[0].times(Down)) == 1
    assert lines.terminals[0].up


def test_a_broker_that_is_restarted_in_order_loses_nothing() -> None:
    lines = begun()
    lines.gateway.killed()
    send(lines, 1, 5)
    lines.run(5)
    lines.broker.stop("all")
    lines.run(5)
    lines.broker.start()
    lines.begin_gateway()
    lines.run(60)
    assert lines.got == numbers(1, 5)
    assert lines.states[-1][0] == b"on"


def test_a_broker_that_is_killed_knows_what_it_had_saved() -> None:
    for seed in range(20):
        lines = begun(seed=seed)
        lines.gateway.killed()
        send(lines, 1, 3)
        lines.run(40)
        send(lines, 4, 6)
        lines.run(10)
        lines.broker.stop("saved")
        lines.broker.start()
        lines.begin_gateway()
        lines.run(60)
        assert lines.got in (numbers(1, 3), numbers(1, 6)), "what it saved is whole, and no older than half a minute"


def test_a_broker_that_is_killed_may_deliver_again_what_was_acknowledged() -> None:
    counts = set()
    for seed in range(20):
        lines = begun(seed=seed)
        lines.takes = False
        send(lines, 1, 1)
        lines.run(10)
        lines.takes = True
        lines.take()
        lines.run(10)
        lines.broker.stop("saved")
        lines.broker.start()
        lines.run(60)
        assert set(lines.got) == {b"1"}
        counts.add(len(lines.got))
    assert counts == {1, 2}


def test_a_broker_that_lost_its_disk_knows_nobody() -> None:
    lines = begun()
    lines.gateway.killed()
    send(lines, 1, 5)
    lines.run(50)
    lines.broker.stop("nothing")
    lines.broker.start()
    lines.begin_gateway()
    lines.run(60)
    assert lines.got == []
    assert lines.terminals[0].up


def test_a_power_cut_of_the_brokers_machine_is_silence() -> None:
    lines = begun(terminals=3)
    lines.broker.cut_power()
    lines.run(5)
    assert all(one.up for one in lines.terminals), "nobody has told them"
    lines.run(60)
    assert not any(one.up for one in lines.terminals)
    lines.network.power("broker", on=True)
    lines.broker.start()
    lines.run(60)
    assert all(one.up for one in lines.terminals)
    assert lines.gateway.connected


def test_a_broker_that_acknowledges_and_drops() -> None:
    lines = begun()
    lines.broker.faults.drops = 500
    send(lines, 1, 60)
    lines.run(5)
    assert lines.terminals[0].confirmed == numbers(1, 60)
    assert 10 < len(lines.got) < 50


def test_a_broker_that_delivers_twice_and_out_of_order() -> None:
    lines = begun()
    lines.broker.faults.duplicates = 300
    send(lines, 1, 60)
    lines.run(10)
    assert sorted(set(lines.got)) == sorted(numbers(1, 60))
    assert 65 < len(lines.got) < 100
    lines.got.clear()
    lines.broker.faults.duplicates, lines.broker.faults.reorders = 0, 300
    send(lines, 61, 99)
    lines.run(10)
    assert lines.got != numbers(61, 99)
    assert sorted(lines.got) == numbers(61, 99)


def test_a_broker_that_does_not_listen_is_busy_or_full() -> None:
    lines = begun()
    one = lines.terminals[0]
    lines.broker.refuse(1)
    lines.network.reset(one.name)
    lines.run(10)
    assert "connection refused" in one.whys()[1]
    lines.broker.refuse(-1)
    lines.run(60)
    assert one.up
    lines.broker.faults.busy_ns = 60 * NS
    lines.network.reset(one.name)
    lines.run(60)
    assert "no answer" in one.whys()[-1]
    assert lines.broker.counters["in vain"] + lines.broker.counters["greeted"] > 2
    lines.broker.faults.busy_ns, lines.broker.faults.full = 0, 1
    lines.run(300)
    assert "unavailable" in one.whys()[-1]
    lines.broker.faults.full = 0
    lines.run(400)
    assert one.up


def test_a_broker_that_gives_no_receipts_still_delivers_and_its_queue_here_is_bounded() -> None:
    lines = begun()
    one = lines.terminals[0]
    lines.broker.faults.mute = 1
    taken = [one.send(message) for message in numbers(1, 200)]
    lines.run(5)
    assert 40 < sum(taken) <= 64
    assert lines.got == numbers(1, sum(taken))
    assert one.confirmed == []
    lines.broker.faults.mute = 0
    one.link.drop()
    lines.run(5)
    assert one.up
    assert one.send(b"again")


def test_two_terminals_with_one_name_push_each_other_out() -> None:
    lines = begun()
    one = lines.terminals[0]
    two = type(one)(lines, 7, one.device)
    lines.run(120)
    assert lines.broker.counters["taken over"] > 2
    assert len(one.times(Down)) > 1
    assert len(two.times(Down)) > 1
    assert lines.broker.counters["taken over"] < 60, "ever more rarely"


def test_a_queue_with_a_bound_loses_silently() -> None:
    lines = begun(most_queued=10)
    lines.gateway.killed()
    send(lines, 1, 20)
    lines.run(5)
    assert lines.terminals[0].confirmed == numbers(1, 20)
    lines.begin_gateway()
    lines.run(10)
    assert lines.got == numbers(1, 10)


def test_a_gateway_that_takes_nothing_reads_no_more_than_it_has_room_for() -> None:
    lines = begun()
    lines.takes = False
    messages = [str(number).encode() + bytes(32_000) for number in range(1200)]
    for number, message in enumerate(messages):
        if number % 50 == 0:
            lines.run(1)
        assert lines.terminals[0].send(message)
    lines.run(60)
    assert sum(len(one.payload) for one in lines.gateway.waiting) <= MAX_WAITING_BYTES + len(messages[-1])
    assert lines.broker.counters["greeted"] > 2, "who does not read hears no answer to its keepalive either"
    lines.takes = True
    while len(lines.got) < len(messages):
        before = len(lines.got)
        lines.take()
        lines.run(1)
        assert len(lines.got) > before
    assert lines.got == messages


def test_a_clock_that_is_behind_costs_an_attempt_and_no_link() -> None:
    lines = begun()
    late = type(lines.terminals[0])(lines, 9, bytes([9]) * 16, wall_ms=0, valid_ms=10**11)
    lines.run(5)
    assert "not yet valid" in late.whys()[0]
    assert len(late.times(Up)) == 1


def test_how_many_share_the_broker_is_asked_and_kept_by_the_process_itself() -> None:
    lines = begun(terminals=3)
    assert lines.terminals[2].fleet.count in {1, 2, 3, 4}
    assert [len(one.done_inside) for one in lines.terminals] == [1, 1, 1]
    lines.run(7 * 3600)
    assert [one.fleet.count for one in lines.terminals] == [4, 4, 4], "three terminals and the gateway"


def test_one_seed_gives_one_history() -> None:
    def history(seed: int) -> list[object]:
        lines = begun(terminals=3, seed=seed)
        lines.network.lose("broker", 100)
        lines.broker.stop("saved")
        lines.run(20)
        lines.broker.start()
        lines.run(100)
        return [one.posted for one in lines.terminals]

    assert history(5) == history(5)
    assert history(5) != history(6)


def test_filters() -> None:
    assert matches("zd/1/t/+/+/up", "zd/1/t/aa/aabb/up")
    assert not matches("zd/1/t/+/+/up", "zd/1/t/aa/aabb/down")
    assert not matches("zd/1/t/+/+/up", "zd/1/t/aa/aabb/up/more")
    assert matches("zd/#", "zd/1/2")
    assert not matches("#", "$SYS/broker")
