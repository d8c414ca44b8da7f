"""An answer's head goes out together with what follows it: one packet, and its reader wakes once."""

from __future__ import annotations

import asyncio
from typing import Any

HEAD = b"HTTP/1.1 "


class OnePacketTransport:
    """A connection as the HTTP server writes to it.

    The server writes head and body one after the other in one go. Sent apart, the head wakes the
    client, which takes the processor from the server in the middle of its answer.

    Args:
        transport: the connection itself.
        loop: sends a head that nothing follows in the same turn.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, content: bytes) -> None:
        """Send, or keep the head of an answer for what comes next."""
        if self._head:
            content, self._head = self._head + content, b""
        elif content.startswith(HEAD):
            self._head = content
            self._loop.call_soon(self._send_head)
            return
        self._transport.write(content)

    def close(self) -> None:
        """Send what is kept, then close."""
        self._send_head()
        self._transport.close()

    def _send_head(self) -> None:
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)
