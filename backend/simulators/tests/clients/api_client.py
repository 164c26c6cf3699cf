"""google-api-python-client and google-auth against the simulator, unchanged."""

import json
import os
import re
import urllib.parse
import urllib.request
import uuid

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # loopback speaks http
os.environ["OAUTHLIB_RELAX_TOKEN_SCOPE"] = "1"  # Google spells `email` long, as here

from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google_auth_oauthlib.flow import Flow
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from googleapiclient.http import BatchHttpRequest

BASE = os.environ["SIMULATOR"]
CLIENT = {
    "web": {
        "client_id": "calendar-stacker-sandbox.apps.googleusercontent.com",
        "client_secret": "GOCSPX-sandbox-only-not-a-secret",
        "auth_uri": f"{BASE}/o/oauth2/v2/auth",
        "token_uri": f"{BASE}/token",
    }
}
SCOPES = ["openid", "https://www.googleapis.com/auth/userinfo.email", "https://www.googleapis.com/auth/calendar"]


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


def story(text):
    print("ok", "google-api-python-client:", text)


def consent(email, scopes=SCOPES):
    flow = Flow.from_client_config(CLIENT, scopes=scopes, redirect_uri="http://localhost:9/back", autogenerate_code_verifier=True)
    url, state = flow.authorization_url(access_type="offline", prompt="consent", login_hint=email)
    form = [("account", email), ("decision", "allow")] + [("scope", s) for s in scopes]
    try:
        urllib.request.build_opener(NoRedirect).open(url, urllib.parse.urlencode(form).encode())
        raise AssertionError("no redirect")
    except urllib.error.HTTPError as redirect:
        back = redirect.headers["location"]
    assert f"state={state}" in back
    flow.fetch_token(authorization_response=back)
    return flow.credentials


def refused(status, call):
    try:
        call()
    except HttpError as error:
        assert error.resp.status == status, error
        return error
    raise AssertionError(f"expected {status}")


creds = consent("dana.sandbox@example.com")
assert creds.refresh_token and creds.id_token
story("consent with PKCE gives tokens")

service = build("calendar", "v3", credentials=creds, client_options={"api_endpoint": f"{BASE}/calendar/v3/"}, static_discovery=True)
entries = service.calendarList().list().execute()["items"]
assert any(e.get("primary") for e in entries)
story(f"lists {len(entries)} calendars")

calendar = service.calendars().insert(body={"summary": "From Python", "timeZone": "Europe/Madrid"}).execute()
cid = calendar["id"]
events = service.events()
wanted = uuid.uuid4().hex
made = events.insert(calendarId=cid, sendUpdates="none", body={
    "id": wanted,
    "summary": "Standup",
    "start": {"dateTime": "2027-05-03T09:00:00", "timeZone": "Europe/Madrid"},
    "end": {"dateTime": "2027-05-03T09:15:00", "timeZone": "Europe/Madrid"},
    "recurrence": ["RRULE:FREQ=DAILY;COUNT=5"],
    "extendedProperties": {"private": {"origin": "python"}},
}).execute()
assert made["id"] == wanted and made["start"]["dateTime"] == "2027-05-03T09:00:00+02:00"
again = {key: value for key, value in made.items() if key != "iCalUID"}
refused(409, lambda: events.insert(calendarId=cid, body=again).execute())
story("inserts a series under its own id, once")

instances = events.instances(calendarId=cid, eventId=wanted, maxResults=2)
found = []
while instances is not None:
    page = instances.execute()
    found += page["items"]
    instances = events.instances_next(instances, page)
assert len(found) == 5
events.patch(calendarId=cid, eventId=found[1]["id"], body={"summary": "Standup, long"}).execute()
events.delete(calendarId=cid, eventId=found[2]["id"]).execute()
story("pages through instances, changes one, cancels one")

listing = events.list(calendarId=cid, maxResults=1)
items, token = [], None
while listing is not None:
    page = listing.execute()
    items += page["items"]
    token = page.get("nextSyncToken")
    listing = events.list_next(listing, page)
assert {i["status"] for i in items} == {"confirmed", "cancelled"} and len(items) == 3 and token
events.move(calendarId=cid, eventId=wanted, destination="primary").execute()
news = events.list(calendarId=cid, syncToken=token).execute()["items"]
assert any(i["id"] == wanted and i["status"] == "cancelled" for i in news)
story("syncs page by page, then what changed")

got = events.get(calendarId="primary", eventId=wanted).execute()
stale = events.patch(calendarId="primary", eventId=wanted, body={"summary": "x"})
stale.headers["If-Match"] = '"0"'
refused(412, stale.execute)
error = refused(404, lambda: events.get(calendarId="nobody@example.com", eventId="x").execute())
assert error.error_details[0]["reason"] == "notFound"
story("reads refusals in their shape")

long = events.list(calendarId="primary", q="w" * 3000).execute()
assert long["items"] == []
story("sends a long query as an overridden POST")

busy = service.freebusy().query(body={"timeMin": "2027-05-03T00:00:00Z", "timeMax": "2027-05-04T00:00:00Z", "items": [{"id": "primary"}]}).execute()
assert busy["calendars"]["primary"]["busy"], busy
colors = service.colors().get().execute()
assert len(colors["event"]) == 11
assert service.settings().get(setting="timezone").execute()["value"] == "Europe/Berlin"
rule = service.acl().insert(calendarId=cid, body={"role": "reader", "scope": {"type": "user", "value": "bright.dental@example.com"}}).execute()
assert rule["id"] == "user:bright.dental@example.com"
story("asks for busy times, colours, settings, access rules")

imported = events.import_(calendarId=cid, body={"iCalUID": "abc@elsewhere", "summary": "Imported",
    "start": {"date": "2027-05-01"}, "end": {"date": "2027-05-02"}}).execute()
again = events.import_(calendarId=cid, body={"iCalUID": "abc@elsewhere", "summary": "Imported again",
    "start": {"date": "2027-05-01"}, "end": {"date": "2027-05-02"}}).execute()
assert imported["id"] == again["id"] and again["summary"] == "Imported again"
story("imports by iCalUID twice and gets one event")

quick = events.quickAdd(calendarId=cid, text="Lunch with Kim").execute()
assert quick["summary"].startswith("Lunch") and quick["start"], quick
story("adds an event from a line of text")

answers = {}
batch = BatchHttpRequest(batch_uri=f"{BASE}/batch/calendar/v3", callback=lambda name, answer, error: answers.update({name: error or answer}))
day = {"start": {"date": "2027-06-01"}, "end": {"date": "2027-06-02"}}
batch.add(events.insert(calendarId=cid, body={"summary": "One of many äöü", **day}), request_id="insert")
batch.add(events.get(calendarId=cid, eventId=quick["id"]), request_id="get")
batch.add(events.get(calendarId=cid, eventId="nothing"), request_id="missing")
batch.add(events.delete(calendarId=cid, eventId=imported["id"]), request_id="delete")
batch.execute(http=service._http)
assert answers["insert"]["summary"] == "One of many äöü" and answers["get"]["id"] == quick["id"], answers
assert answers["missing"].resp.status == 404 and answers["delete"] == "", answers
story("sends four calls in one batch; one refusal spoils no other")

channel = events.watch(calendarId=cid, body={"id": uuid.uuid4().hex, "type": "web_hook", "address": "https://hooks.invalid/calendar", "token": "secret"}).execute()
assert channel["kind"] == "api#channel" and int(channel["expiration"]) > 0
end = {"id": channel["id"], "resourceId": channel["resourceId"]}
service.channels().stop(body=end).execute()
refused(404, lambda: service.channels().stop(body=end).execute())
story("opens a channel and stops it")

listing = events.list(calendarId=cid).execute()
token = listing["nextSyncToken"]
urllib.request.urlopen(urllib.request.Request(f"{BASE}/_control/sync-tokens/expire", data=json.dumps({"calendar": cid}).encode(), method="POST"))
error = refused(410, lambda: events.list(calendarId=cid, syncToken=token).execute())
assert error.error_details[0]["reason"] == "fullSyncRequired", error.error_details
assert len(events.list(calendarId=cid).execute()["items"]) == len(listing["items"])
story("is told that its sync token is too old, and begins again")

creds.expiry = None
urllib.request.urlopen(urllib.request.Request(f"{BASE}/_control/tokens/expire", data=json.dumps({"email": "dana.sandbox@example.com"}).encode(), method="POST"))
before = creds.token
service.calendarList().list().execute()
assert creds.token != before
story("refreshes by itself after a 401")

urllib.request.urlopen(urllib.request.Request(f"{BASE}/_control/faults", method="POST", data=json.dumps(
    {"operation": "calendar.colors.get", "count": 2, "effect": {"kind": "rateLimit", "status": 403}}).encode()))
request = service.colors().get()
request._sleep = lambda seconds: None
request.execute(num_retries=3)
story("retries a 403 rateLimitExceeded")

urllib.request.urlopen(f"{BASE}/revoke", data=urllib.parse.urlencode({"token": creds.refresh_token}).encode())
try:
    creds.refresh(Request())
    raise AssertionError("a revoked token was refreshed")
except RefreshError as error:
    assert "invalid_grant" in str(error)
story("is told when consent was revoked")
