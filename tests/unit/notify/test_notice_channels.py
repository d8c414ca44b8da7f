"""Which addresses are channels, and what each makes of a text that a lead typed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar

import pytest
import responses

from leadpact.errors import FixSettings
from leadpact.model.notice import Notice
from leadpact_app.notify.channels import channels_of
from leadpact_app.notify.sending import PATIENCE_S, ChannelNotifier

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
SLACK_URL = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
TEAMS = "workflows://prod-01.westus.logic.azure.com:443/643e69f83c8944/signaturexyz"
ODD = "Zoë <!channel> *now* [x](https://evil.example) <at>all</at> &amp; {{y}}"


def notice(to: str = "sales", **changed: Any) -> Notice:
    made = {
        "id": "1a2b3c4d-0000",
        "kind": "handoff",
        "link_id": "lead-1",
        "to": to,
        "subject": f"New: {ODD}",
        "body": f"Why now: {ODD}\nGrade A1",
        "created_at": datetime(2026, 11, 24, 10, 3, tzinfo=UTC),
        "link_url": "https://crm.example/00Q1",
        **changed,
    }
    return Notice(**made)


def slack_got() -> dict[str, Any]:
    """What was posted there."""
    body: Any = responses.calls[0].request.body
    told: dict[str, Any] = json.loads(body)
    return told


def notifier(**addresses: str) -> ChannelNotifier:
    return ChannelNotifier(channels_of(addresses))


class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "https://hooks.slack.com/services/x",
            "file:///etc/passwd",
            "syslog://",
            "json://hooks.acme.example/x",
            "mailto://mail.acme.example",
            "slack://",
            "",
        ],
    )
    def test_others_are_refused_without_telling_the_address(self, url: str) -> None:
        with pytest.raises(FixSettings, match="LEADPACT_NOTIFY__SALES") as told:
            channels_of({"sales": url})
        assert told.value.code == "channel_address"
        assert len(url) < 10 or url not in str(told.value)

    @pytest.mark.parametrize(
        "url",
        [
            SLACK,
            TEAMS,
            "mailtos://u:p@mail.acme.example",
            "jsons://h.example/x",
            "json://127.0.0.1:1/x",
        ],
    )
    def test_those_of_the_list_are_taken(self, url: str) -> None:
        assert channels_of({"sales": url})["sales"].url == url

    def test_a_name_that_is_none_is_refused(self) -> None:
        with pytest.raises(FixSettings):
            channels_of({"Sales Team": SLACK})


class TestTexts:
    @responses.activate
    def test_slack_gets_plain_text_without_footer_or_icon(self) -> None:
        responses.post(SLACK_URL, body="ok")

        (told,) = notifier(sales=SLACK).send([notice()], [""])

        assert told.sent
        sent = slack_got()
        blocks = sent["attachments"][0]["blocks"]
        assert {one["text"]["type"] for one in blocks} == {"plain_text"}
        assert len(blocks) == 2
        body = blocks[1]["text"]["text"]
        assert f"Why now: {ODD}" in unescape(body)
        assert "https://crm.example/00Q1" in body
        assert "[leadpact 1a2b3c4d]" in body
        assert "apprise" not in json.dumps(sent).lower()
        assert "icon_url" not in sent

    @responses.activate
    def test_a_long_text_is_cut_before_its_link_and_key(self) -> None:
        responses.post(SLACK_URL, body="ok")
        (told,) = notifier(sales=SLACK).send([notice(body="x" * 9000)], [""])
        assert told.sent
        sent = slack_got()
        body = sent["attachments"][0]["blocks"][1]["text"]["text"]
        assert len(body) <= 3000
        assert body.endswith("https://crm.example/00Q1\n[leadpact 1a2b3c4d]")

    def test_teams_loses_what_its_cards_would_read_as_markup(self) -> None:
        title, body = channels_of({"sales": TEAMS})["sales"].text(notice())
        assert not set("<>[]*`") & set(title + body)
        assert "Zoë ‹!channel› ∗now∗ (x)(https://evil.example)" in body

    def test_mail_goes_to_the_owner_and_to_nobody_where_none_is_known(self) -> None:
        mail = "mailtos://u:p@mail.acme.example?to=all@acme.example"
        channel = channels_of({"owner": mail})["owner"]
        assert "to=ann%40acme.example" in channel.address("ann@acme.example")
        assert "all%40acme" not in channel.address("ann@acme.example")
        (told,) = notifier(owner=mail).send([notice("owner")], [""])
        assert told.error == "the owner's e-mail address is not known"


class Hook(BaseHTTPRequestHandler):
    """A webhook that answers what it is told to."""

    answers: ClassVar[list[int]] = []
    got: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.got.append(json.loads(self.rfile.read(length)))
        self.send_response(self.answers.pop(0) if self.answers else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture
def hook() -> Iterator[str]:
    Hook.answers, Hook.got = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"json://127.0.0.1:{server.server_port}/leads"
    server.shutdown()
    server.server_close()
    thread.join()


class TestSending:
    def test_a_webhook_gets_the_text_as_it_is(self, hook: str) -> None:
        (told,) = notifier(hook=hook).send([notice("hook")], [""])
        assert told.sent
        assert Hook.got[0]["message"].startswith(f"Why now: {ODD}\nGrade A1\nhttps://crm.example")
        assert Hook.got[0]["title"] == f"New: {ODD}"

    def test_after_a_failure_the_channel_is_left_alone_and_others_go_on(self, hook: str) -> None:
        Hook.answers = [503]
        sender = notifier(hook=hook, other=hook)
        told = sender.send([notice("hook"), notice("hook"), notice("other")], ["", "", ""])
        assert [one.sent for one in told] == [False, False, True]
        assert [one.untried for one in told] == [False, True, False]
        assert told[0].error == "it did not take the message"
        assert not told[0].hopeless

    def test_a_channel_that_is_not_set_up_is_hopeless(self) -> None:
        (told,) = notifier().send([notice("gone")], [""])
        assert told.hopeless

    def test_a_round_ends_in_time(self, hook: str) -> None:
        ticks = iter((0.0, 1.0, PATIENCE_S + 1, PATIENCE_S + 1))
        sender = ChannelNotifier(channels_of({"hook": hook}), seconds=lambda: next(ticks))
        told = sender.send([notice("hook")] * 3, [""] * 3)
        assert [one.untried for one in told] == [False, True, True]
