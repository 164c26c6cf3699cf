"""Writes dateutil.jsonl: what python-dateutil makes of a thousand rules, on floating wall time.

    python3 -m pip install python-dateutil==2.9.0.post0 && python3 with_dateutil.py > dateutil.jsonl

Each line: [DTSTART, rule, [first occurrences]]. Left out is where python-dateutil departs from RFC 5545: a DTSTART that
the rule does not match is put first by hand and counted; plain and numbered weekdays are not mixed; a weekly BYSETPOS
begins at the start of a week; BYWEEKNO comes with BYDAY and leaves out the weeks around New Year.
"""

import itertools, json, random, signal
from datetime import datetime, timedelta
from dateutil.rrule import rrulestr

DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
FORM = "%Y%m%dT%H%M%S"
chance = random.Random(5545)


def some(values, most):
    return sorted(chance.sample(values, chance.randint(1, most)))


def numbers(values, most):
    return ",".join(map(str, some(values, most)))


def maybe(p):
    return chance.random() < p


def rule(start):
    freq = chance.choice(["HOURLY", "DAILY", "DAILY", "WEEKLY", "WEEKLY", "MONTHLY", "MONTHLY", "MONTHLY", "YEARLY", "YEARLY"])
    parts = {"FREQ": freq}
    if maybe(0.5):
        parts["INTERVAL"] = chance.choice([1, 2, 2, 3, 4, 5, 7, 12, 18])
    if maybe(0.3):
        parts["WKST"] = chance.choice(DAYS)
    if maybe(0.25):
        parts["BYMONTH"] = numbers(list(range(1, 13)), 4)
    if freq in ("HOURLY", "DAILY", "MONTHLY", "YEARLY") and maybe(0.3):
        parts["BYMONTHDAY"] = numbers([n for n in range(-31, 32) if n], 5)
    if freq == "YEARLY" and maybe(0.2):
        parts["BYYEARDAY"] = numbers([n for n in range(-366, 367) if n], 12)
    if freq == "YEARLY" and maybe(0.2):
        parts["BYWEEKNO"] = numbers(list(range(2, 52)), 4)
    if maybe(0.4) or "BYWEEKNO" in parts:
        if freq in ("MONTHLY", "YEARLY") and "BYWEEKNO" not in parts and maybe(0.5):
            most = 5 if freq == "MONTHLY" or "BYMONTH" in parts else 53
            parts["BYDAY"] = ",".join(
                f"{chance.choice([n for n in range(-most, most + 1) if n])}{day}" for day in chance.sample(DAYS, chance.randint(1, 3))
            )
        else:
            parts["BYDAY"] = ",".join(chance.sample(DAYS, chance.randint(1, 5)))
    if freq != "HOURLY" and maybe(0.15):
        parts["BYHOUR"] = numbers(list(range(24)), 3)
    if freq == "HOURLY" and maybe(0.3):
        parts["BYHOUR"] = numbers(list(range(24)), 6)
    if maybe(0.1):
        parts["BYMINUTE"] = numbers(list(range(60)), 3)
    if any(name.startswith("BY") for name in parts) and maybe(0.25):
        parts["BYSETPOS"] = numbers([n for n in range(-6, 7) if n], 3)
        if freq == "WEEKLY":
            start -= timedelta(days=(start.weekday() - DAYS.index(parts.get("WKST", "MO"))) % 7)
    if maybe(0.25):
        parts["COUNT"] = chance.randint(1, 25)
    elif maybe(0.4):
        parts["UNTIL"] = (start + timedelta(days=chance.randint(1, 4000), hours=chance.randint(0, 23))).strftime(FORM)
    return start, ";".join(f"{name}={value}" for name, value in parts.items())


def late(*_):
    raise TimeoutError


def main():
    seen = 0
    signal.signal(signal.SIGALRM, late)
    while seen < 1000:
        start = datetime(chance.randint(1990, 2040), 1, 1) + timedelta(
            days=chance.randint(0, 365), hours=chance.randint(0, 23), minutes=chance.choice([0, 0, 15, 30, 59])
        )
        start, text = rule(start)
        last = start + timedelta(days=365 * 60)
        # Rules so sparse that dateutil walks to the year 9999 are left to the tests of the budget.
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        try:
            found = list(itertools.islice(itertools.takewhile(lambda at: at < last, rrulestr(text, dtstart=start)), 40))
        except (TimeoutError, ValueError):
            continue
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if not found or (len(found) < 40 and "COUNT" not in text and "UNTIL" not in text):
            continue
        if found[0] != start:
            if "COUNT" in text:
                if len(found) == int(text.split("COUNT=")[1].split(";")[0]):
                    found.pop()
                else:
                    continue
            found.insert(0, start)
        if "COUNT" in text and len(found) < int(text.split("COUNT=")[1].split(";")[0]) and len(found) < 40:
            continue
        print(json.dumps([start.strftime(FORM), text, " ".join(at.strftime(FORM) for at in found[:15])], separators=(",", ":")))
        seen += 1


main()
