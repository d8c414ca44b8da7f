"""Sends notices through apprise, each channel at most until it fails (LIBRARIES §9)."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from leadpact.model.notice import Notice
from leadpact.pact.handoff import OWNER
from leadpact.ports.notifier import Delivery
from leadpact_app.notify.channels import Channel

PATIENCE_S = 20.0
"""How long one round takes at most; what is left then waits for the next."""
_UNTRIED = Delivery(sent=False, untried=True)


class ChannelNotifier:
    """A :class:`~leadpact.ports.notifier.Notifier` over the channels of the settings.

    Args:
        seconds: a clock that only goes forward.
    """

    def __init__(
        self, channels: Mapping[str, Channel], *, seconds: Callable[[], float] = time.monotonic
    ) -> None:
        self._channels = channels
        self._seconds = seconds
        self._asset: Any = None

    @property
    def channels(self) -> frozenset[str]:
        return frozenset(self._channels)

    def send(self, notices: Sequence[Notice], recipients: Sequence[str]) -> Sequence[Delivery]:
        """Try each once; after a failure its channel is left alone for this round."""
        until = self._seconds() + PATIENCE_S
        failed: set[str] = set()
        told: list[Delivery] = []
        for notice, recipient in zip(notices, recipients, strict=True):
            channel = self._channels.get(notice.to)
            if channel is None:
                told.append(Delivery(sent=False, error="the channel is not set up", hopeless=True))
            elif notice.to in failed or self._seconds() > until:
                told.append(_UNTRIED)
            elif channel.sort == "mail" and notice.to == OWNER and not recipient:
                told.append(Delivery(sent=False, error="the owner's e-mail address is not known"))
            else:
                told.append(self._one(channel, notice, recipient))
                if not told[-1].sent:
                    failed.add(notice.to)
        return told

    def _one(self, channel: Channel, notice: Notice, recipient: str) -> Delivery:
        try:
            # 25 MB and a second: only where something is sent.
            import apprise  # noqa: PLC0415
        except ImportError:
            why = "the extra `notify` is not installed: pip install 'leadpact[notify]'"
            return Delivery(sent=False, error=why)
        try:
            # It loads modules of Python's own that go in 3.13, whatever channel it is for.
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)
                return self._through(apprise, channel, notice, recipient)
        except Exception as error:  # noqa: BLE001 - whatever a channel does, the sync goes on
            return Delivery(sent=False, error=f"it failed: {type(error).__name__}")

    def _through(self, apprise: Any, channel: Channel, notice: Notice, recipient: str) -> Delivery:
        # It would log addresses and answers, which may repeat what was sent.
        logging.getLogger("apprise").setLevel(logging.CRITICAL)
        if self._asset is None:
            self._asset = _asset(apprise)
        service = apprise.Apprise.instantiate(
            channel.address(recipient), asset=self._asset, suppress_exceptions=True
        )
        if service is None:
            return Delivery(sent=False, error="its address is not complete", hopeless=True)
        title, body = channel.text(notice)
        sender = apprise.Apprise(asset=self._asset)
        sender.add(service)
        result = sender.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT)
        if result:
            return Delivery(sent=True)
        status = str(getattr(getattr(result, "status", None), "value", "")).lower()
        if status == "partial":
            return Delivery(sent=False, error="only some of its destinations took the message")
        return Delivery(sent=False, error="it did not take the message")


def _asset(apprise: Any) -> Any:
    """Without apprise's own name, links and icons, and without templates, escapes or redirects."""
    asset = apprise.AppriseAsset(secure_logging=True, async_mode=False)
    asset.app_id = asset.app_desc = "leadpact"
    asset.app_url = asset.image_url_mask = asset.image_url_logo = ""
    asset.interpret_emojis = asset.interpret_escapes = asset.http_redirects = False
    return asset
