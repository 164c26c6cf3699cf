"""vdirsyncer-graph (a storage of vdirsyncer, with its own delta cache) against the simulator, unchanged."""

import asyncio
import json
import os
import tempfile
import urllib.request

BASE = os.environ["MICROSOFT"]
WHO = "leo.sandbox@outlook.com"


def control(path, body, method="POST"):
    request = urllib.request.Request(f"{BASE}/_control/{path}", data=json.dumps(body).encode(), method=method)
    with urllib.request.urlopen(request) as reply:
        text = reply.read()
    return json.loads(text) if text else None


SCOPES = ["User.Read", "Calendars.ReadWrite", "Contacts.ReadWrite", "Tasks.ReadWrite", "offline_access"]
tokens = control("tokens", {"email": WHO, "scopes": SCOPES})

import vdirsyncer_graph.client as client  # noqa: E402
from vdirsyncer.vobject import Item  # noqa: E402
from vdirsyncer_graph.storage import GraphCalendarStorage  # noqa: E402

# Where Microsoft is, is a constant there.
client.GRAPH = f"{BASE}/v1.0"
client.GraphClient._authority = property(lambda self: f"{BASE}/{self.tenant}/oauth2/v2.0")


def story(text):
    print("ok", "vdirsyncer-graph:", text)


EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//test//EN
BEGIN:VEVENT
UID:from-vdirsyncer-1
DTSTAMP:20270101T000000Z
SUMMARY:{summary}
DESCRIPTION:Two lines\\nof text
LOCATION:Hall
DTSTART;TZID=Europe/Berlin:20270601T100000
DTEND;TZID=Europe/Berlin:20270601T113000
RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=5
END:VEVENT
END:VCALENDAR
"""


async def main():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "token.json")
        with open(path, "w") as file:
            # Too old: it must refresh first.
            json.dump({"access_token": "old", "refresh_token": tokens["refreshToken"], "expires_at": 0}, file)
        settings = {"client_id": "5a4db0c5-0000-4000-a000-ca1e4da257ac", "client_secret": "sandbox~only.not-a-secret", "token_file": path, "cache_dir": folder}
        found = [one async for one in GraphCalendarStorage.discover(**settings)]
        assert [one["collection"] for one in found] == ["Calendar"], found
        with open(path) as file:
            assert json.load(file)["refresh_token"] != tokens["refreshToken"]
        story("refreshes its token, keeps the new one, finds the calendar")

        storage = GraphCalendarStorage(**found[0])

        async def listed():
            return {href: etag async for href, etag in storage.list()}

        before = await listed()
        titles = [(await storage.get(href))[0].parsed for href in before]
        assert len(titles) == len(before) == 3, before
        story(f"lists {len(before)} events by a delta query")

        href, etag = await storage.upload(Item(EVENT.format(summary="From vdirsyncer")))
        after = await listed()
        assert set(after) - set(before) == {href}
        item, _ = await storage.get(href)
        assert "SUMMARY:From vdirsyncer" in item.raw and "FREQ=WEEKLY" in item.raw and item.uid == "from-vdirsyncer-1", item.raw
        story("uploads a series and finds it by its delta link")

        await storage.update(href, Item(EVENT.format(summary="Changed")), after[href])
        control("clock", {"advanceSeconds": 60})
        assert "SUMMARY:Changed" in (await storage.get(href))[0].raw
        control("delta-links/expire", {})
        again = await listed()
        assert set(again) == set(after)
        story("changes it, and begins again when its delta link is too old")

        await storage.delete(href, again[href])
        control("faults", {"operation": "graph.events.delta", "count": 1, "effect": {"kind": "rateLimit", "status": 429, "retryAfter": 1}})
        assert set(await listed()) == set(before)
        story("deletes it, hears of it, and waits when it is told to")


asyncio.run(main())
