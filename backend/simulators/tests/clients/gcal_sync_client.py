"""gcal_sync (the library of Home Assistant) against the simulator, unchanged."""

import asyncio
import datetime
import json
import os
import urllib.request

import aiohttp
from gcal_sync.api import GoogleCalendarService, ListEventsRequest
from gcal_sync.auth import AbstractAuth
from gcal_sync.model import DateOrDatetime, Event
from gcal_sync.store import InMemoryCalendarStore, ScopedCalendarStore
from gcal_sync.sync import CalendarEventSyncManager, CalendarListSyncManager

BASE = os.environ["SIMULATOR"]
WHO = "riverside.yoga@example.com"


def control(path, body, method="POST"):
    request = urllib.request.Request(f"{BASE}/_control/{path}", data=json.dumps(body).encode(), method=method)
    with urllib.request.urlopen(request) as reply:
        text = reply.read()
    return json.loads(text) if text else None


class Auth(AbstractAuth):
    def __init__(self, session):
        super().__init__(session, f"{BASE}/calendar/v3")
        self.token = control("tokens", {"email": WHO, "scopes": ["https://www.googleapis.com/auth/calendar"]})["accessToken"]

    async def async_get_access_token(self):
        return self.token


def story(text):
    print("ok", "gcal_sync:", text)


async def main():
    async with aiohttp.ClientSession() as session:
        service = GoogleCalendarService(Auth(session))
        store = InMemoryCalendarStore()
        lists = CalendarListSyncManager(service, ScopedCalendarStore(store, "list"))
        await lists.run()
        known = (await lists.store_service.async_list_calendars()).calendars
        assert {c.summary for c in known} == {WHO, "Studio 2"}, known
        primary = await service.async_get_calendar("primary")
        assert primary.id == WHO
        story("syncs the list of calendars")

        events = CalendarEventSyncManager(service, WHO, ScopedCalendarStore(store, "events"))
        await events.run()

        async def around():
            # Never the whole timeline: series without end have no last occurrence.
            now, reach = datetime.datetime.now(datetime.timezone.utc), datetime.timedelta(days=40)
            return list((await events.store_service.async_get_timeline()).overlapping(now - reach, now + reach))

        titles = [e.summary for e in await around()]
        assert titles.count("Morning flow") > 5 and titles.count("Morning flow with a guest teacher") == 1, titles
        story(f"syncs events and expands {len(titles)} of them itself")

        day = datetime.date.today() + datetime.timedelta(days=3)
        await events.store_service.async_add_event(Event(
            summary="From gcal_sync", start=DateOrDatetime(date=day), end=DateOrDatetime(date=day + datetime.timedelta(days=1))))
        await events.run()
        mine = [e for e in await around() if e.summary == "From gcal_sync"]
        assert len(mine) == 1
        story("writes an event and finds it by its sync token")

        control("sync-tokens/expire", {})
        await events.run()
        assert any(e.summary == "From gcal_sync" for e in await around())
        story("begins again when its token is too old")

        await events.store_service.async_delete_event(ical_uuid=mine[0].ical_uuid)
        await events.run()
        assert not any(e.summary == "From gcal_sync" for e in await around())
        story("deletes it and hears of it")

        result = await service.async_list_events(ListEventsRequest(calendar_id=WHO))
        assert all(e.start for e in result.items)
        story(f"lists {len(result.items)} upcoming occurrences")


asyncio.run(main())
