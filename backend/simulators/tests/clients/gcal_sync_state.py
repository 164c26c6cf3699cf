"""gcal_sync (the library of Home Assistant) as a second reader of a Google that somebody else shakes.

Asked in lines of JSON (`base`, `email`, `token`), it syncs as it always does, by its token where it has one, and says
what it holds: its items, and its own expansion of them. A call that fails is an answer too; what it held stays.
"""

import asyncio
import datetime
import json
import sys

import aiohttp
from gcal_sync.api import GoogleCalendarService
from gcal_sync.auth import AbstractAuth
from gcal_sync.const import EVENT_SYNC, ITEMS
from gcal_sync.model import DateOrDatetime
from gcal_sync.store import InMemoryCalendarStore
from gcal_sync.sync import CalendarEventSyncManager

UTC = datetime.timezone.utc
YEAR = datetime.datetime(2027, 1, 1, tzinfo=UTC), datetime.datetime(2027, 12, 31, tzinfo=UTC)


class Auth(AbstractAuth):
    def __init__(self, session, base, token):
        super().__init__(session, f"{base}/calendar/v3")
        self.token = token

    async def async_get_access_token(self):
        return self.token


class Store(InMemoryCalendarStore):
    def items(self, email):
        return self._data[EVENT_SYNC][email][ITEMS]


def utc(moment):
    return moment.normalize().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def at(value):
    return utc(DateOrDatetime.model_validate(value)) if value else None


def item(event):
    return {
        "title": event.get("summary"),
        "location": event.get("location"),
        "start": at(event.get("start")),
        "end": at(event.get("end")),
        "status": event.get("status"),
        "recurrence": sorted(event.get("recurrence") or []),
    }


async def answer(session, stores, question):
    email = question["email"]
    store = stores.setdefault((question["base"], email), Store())
    service = GoogleCalendarService(Auth(session, question["base"], question["token"]))
    events = CalendarEventSyncManager(service, email, store)
    await events.run()
    timeline = (await events.store_service.async_get_timeline()).overlapping(*YEAR)
    return {
        "items": {name: item(event) for name, event in store.items(email).items() if event["status"] != "cancelled"},
        "timeline": sorted(f"{e.description or ''} {utc(e.start)} {e.summary or ''} {e.location or ''}" for e in timeline),
    }


async def main():
    stores = {}
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        for line in sys.stdin:
            try:
                said = await answer(session, stores, json.loads(line))
            except Exception as problem:  # whatever its caller made of it
                said = {"error": f"{type(problem).__name__}: {problem}"}
            print(json.dumps(said), flush=True)


asyncio.run(main())
