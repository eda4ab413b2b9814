"""The link that can be cut."""

import asyncio

import pytest

from zhendao.simulators.demo.relay import Relay


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await answer(reader):
        writer.write(data)
    writer.transport.abort()


async def answer(reader: asyncio.StreamReader) -> bytes:
    """Return what comes; nothing when the link breaks, however it breaks."""
    try:
        return await reader.read(100)
    except ConnectionError:
        return b""


async def asked(port: int, words: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(words)
    said = await answer(reader)
    writer.transport.abort()
    return said


async def test_passes_cuts_and_mends() -> None:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, Relay(server.sockets[0].getsockname()[1]) as relay:
        assert await asked(relay.port, b"one") == b"one"
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        writer.write(b"two")
        assert await answer(reader) == b"two"
        relay.cut()
        assert await answer(reader) == b""
        writer.transport.abort()
        assert await asked(relay.port, b"three") == b""
        relay.mend()
        assert await asked(relay.port, b"four") == b"four"


async def test_far_side_that_is_not_there() -> None:
    async with Relay(1) as relay:
        assert await asked(relay.port, b"x") == b""


async def test_half_open_nothing_gets_through_and_nobody_hears_of_it() -> None:
    heard: list[bytes] = []
    far_ended = asyncio.Event()

    async def far(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await answer(reader):
            heard.append(data)
            writer.write(data)
        far_ended.set()
        writer.transport.abort()

    server = await asyncio.start_server(far, "127.0.0.1", 0)
    async with server, Relay(server.sockets[0].getsockname()[1]) as relay:
        reader, writer = await asyncio.open_connection("127.0.0.1", relay.port)
        writer.write(b"one")
        assert await answer(reader) == b"one"
        relay.swallow()
        writer.write(b"two")
        fresh_reader, fresh_writer = await asyncio.open_connection("127.0.0.1", relay.port)
        fresh_writer.write(b"three")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(fresh_reader.read(100), 0.3)
        writer.transport.abort()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(far_ended.wait(), 0.3)
        relay.mend()
        await far_ended.wait()
        assert await answer(fresh_reader) == b"", "what was half open is broken"
        assert heard == [b"one"]
        assert await asked(relay.port, b"four") == b"four"
        fresh_writer.transport.abort()
