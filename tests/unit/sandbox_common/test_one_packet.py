"""Head and body of an answer leave in one packet, and nothing is ever kept back."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from leadpact_sandbox.one_packet import OnePacketTransport

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"


class Wire:
    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def write(self, content: bytes) -> None:
        self.sent.append(content)

    def close(self) -> None:
        self.sent.append(b"closed")

    def is_closing(self) -> bool:
        return b"closed" in self.sent


def test_head_and_body_go_together_and_a_head_alone_goes_at_once() -> None:
    async def answers() -> list[bytes]:
        wire: Any = Wire()
        line = OnePacketTransport(cast("asyncio.Transport", wire), asyncio.get_running_loop())
        line.write(HEAD)
        line.write(b"ok")
        line.write(b"more")
        line.write(HEAD)
        await asyncio.sleep(0)
        assert not line.is_closing()
        line.write(b"ok")
        line.write(HEAD)
        line.close()
        await asyncio.sleep(0)
        return list(wire.sent)

    assert asyncio.run(answers()) == [HEAD + b"ok", b"more", HEAD, b"ok", HEAD, b"closed"]
