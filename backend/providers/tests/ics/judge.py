"""Answers questions about iCalendar texts by other people's implementations: one JSON object a line, in and out.

    {"ask": "expand", "text": …, "from": "2026-01-01", "to": "2027-01-01"}   [[start, end], …] by recurring-ical-events
    {"ask": "zone", "text": …, "locals": ["2026-03-29T09:00:00", …]}         offsets in seconds by dateutil's tzical
    {"ask": "events", "text": …}                                             what `icalendar` reads, and what it objects to

Times come as UTC (`2026-01-01T08:00:00Z`; floating ones as if they were UTC) and dates as dates.
"""

import datetime as d, io, json, re, sys, warnings

import icalendar, recurring_ical_events
from dateutil import tz

warnings.simplefilter("ignore")


def said(time):
    if not isinstance(time, d.datetime):
        return time.isoformat()
    if time.tzinfo:
        time = time.astimezone(d.timezone.utc)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def expand(text, **asked):
    # X-WR-TIMEZONE is read there as the zone of times in UTC, in which series are then walked: not in RFC 5545.
    text = re.sub(r"(?m)^X-WR-TIMEZONE.*\r?\n", "", text)
    calendar = icalendar.Calendar.from_ical(text)
    between = (d.date.fromisoformat(asked["from"]), d.date.fromisoformat(asked["to"]))
    found = recurring_ical_events.of(calendar).between(*between)
    return sorted([said(one.start), said(one.end)] for one in found)


def zone(text, locals):
    block = text[text.index("BEGIN:VTIMEZONE"):text.rindex("END:VTIMEZONE")] + "END:VTIMEZONE\r\n"
    there = tz.tzical(io.StringIO(block.replace("\r\n", "\n"))).get()
    return [int(d.datetime.fromisoformat(at).replace(tzinfo=there).utcoffset().total_seconds()) for at in locals]


def events(text):
    calendar = icalendar.Calendar.from_ical(text)
    missing = calendar.get_missing_tzids()
    return [
        {
            "uid": str(event["UID"]), "sequence": int(event.get("SEQUENCE", -1)), "title": str(event.get("SUMMARY", "")),
            "description": str(event.get("DESCRIPTION", "")), "location": str(event.get("LOCATION", "")),
            "start": said(event.start), "end": said(event.end),
            "guests": [str(guest) for guest in (event.get("ATTENDEE") if isinstance(event.get("ATTENDEE"), list) else [event["ATTENDEE"]] if "ATTENDEE" in event else [])],
            "names": [str(guest.params.get("CN", "")) for guest in (event.get("ATTENDEE") if isinstance(event.get("ATTENDEE"), list) else [event["ATTENDEE"]] if "ATTENDEE" in event else [])],
            "alarms": [said_alarm(alarm) for alarm in event.walk("VALARM")],
            "objections": [f"{name}: {why}" for name, why in event.errors + calendar.errors] + sorted(missing),
        }
        for event in calendar.walk("VEVENT")
    ]


def said_alarm(alarm):
    return [str(alarm["ACTION"]), int(alarm["TRIGGER"].dt.total_seconds())]


for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer = {"answer": {"expand": expand, "zone": zone, "events": events}[asked.pop("ask")](**asked)}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
