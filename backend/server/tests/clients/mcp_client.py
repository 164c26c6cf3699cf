"""The official MCP client (PyPI `mcp`) against the service, unchanged: what a voice agent does on the phone."""

import asyncio
import datetime
import importlib.metadata
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import httpx2
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

HELD = []


def story(text):
    HELD.append(text)
    print("ok mcp:", text, flush=True)


class Service:
    """The service with one business in it."""

    def __init__(self, binary, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.base, self.headers = f"http://127.0.0.1:{port}", {}
        env = dict(os.environ, CALENDAR_STACKER_DATA_DIR=folder, CALENDAR_STACKER_RATE_LIMIT="off")
        words = [binary, "serve", "--sandbox", "--bind", f"127.0.0.1:{port}", "--public-url", self.base]
        self.process = subprocess.Popen(words, env=env, stdout=open(f"{folder}/log", "w"), stderr=subprocess.STDOUT)
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{self.base}/health/ready", timeout=1).read()
                break
            except OSError:
                time.sleep(0.1)

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Origin": self.base, **self.headers}
        request = urllib.request.Request(f"{self.base}/api/v1{path}", data=data, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            cookie, text = answer.headers.get("set-cookie"), answer.read()
        if cookie:
            self.headers["Cookie"] = cookie.split(";")[0]
        return json.loads(text)

    def open(self):
        me = self.call("POST", "/setup", {"tenant_name": "Harbour", "name": "Dana", "email": "dana@example.com", "password": "correct horse battery"})
        self.headers["X-CSRF-Token"] = me["csrf_token"]
        client = self.call("POST", "/clients", {"name": "Bright Dental", "email": "b@example.com", "time_zone": "Europe/Berlin"})["id"]
        people = []
        for name in ("Sam", "Kim"):
            person = self.call("POST", "/staff", {"client_id": client, "name": name})["id"]
            day = [{"from": "09:00", "to": "17:00"}]
            weekly = {day_name: day for day_name in ("monday", "tuesday", "wednesday", "thursday", "friday")}
            self.call("PUT", f"/staff/{person}/working-hours", {"time_zone": "Europe/Berlin", "weekly": weekly, "exceptions": []})
            people.append(person)
        self.call("POST", "/services", {"client_id": client, "name": "Check-up", "duration_minutes": 45, "staff_ids": people})
        return {scopes: self.call("POST", "/api-keys", {"name": scopes, "scopes": scopes.split()})["secret"] for scopes in ("bookings:read", "bookings:read bookings:write")}


def data(result):
    assert not result.is_error, result
    assert result.structured_content["say"] == result.content[0].text
    assert json.loads(result.content[1].text) == result.structured_content
    return result.structured_content


def refused(result, error):
    assert result.is_error and result.structured_content["error"] == error, result
    return result.structured_content


async def with_client(base, key, mode, tell):
    async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=30) as http:
        async with Client(streamable_http_client(f"{base}/mcp", http_client=http), mode=mode) as client:
            return await tell(client)


async def on_the_phone(client, mode, time_of_day, call_id):
    listed = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert len(listed) == 9 and listed["book_appointment"].input_schema["required"] == ["service", "start"], listed
    assert listed["check_availability"].annotations.read_only_hint and "name of the service" in str(listed["check_availability"].input_schema)
    story(f"{mode}: says which version it speaks ({client.protocol_version}) and lists {len(listed)} tools")

    [service] = data(await client.call_tool("list_services", {}))["services"]
    assert (service["name"], service["business"], service["staff"]) == ("Check-up", "Bright Dental", ["Sam", "Kim"]), service
    day = datetime.date.fromisoformat(service["now"][:10]) + datetime.timedelta(days=8)
    while day.weekday() > 4:
        day += datetime.timedelta(days=1)
    start = f"{day}T{time_of_day}"
    free = data(await client.call_tool("list_slots", {"service": "check-up", "from": str(day), "to": str(day), "limit": 100}))
    assert start in {slot["local"][:16] for slot in free["slots"]}, free
    assert data(await client.call_tool("check_availability", {"service": "Check-up", "start": start, "staff": "sam"}))["available"]
    story(f"{mode}: speaks of names and of what the clock shows: {free['say']}")

    wanted = {"service": "Check-up", "start": start, "staff": "Sam", "customer_name": "Cara Lind", "customer_phone": "+49 30 1234", "call_id": call_id}
    booked = data(await client.call_tool("book_appointment", wanted))
    again = data(await client.call_tool("book_appointment", wanted))
    assert booked["new"] and not again["new"] and booked["booking"] == again["booking"], (booked, again)
    story(f"{mode}: books once, however often the same call asks: {booked['say']}")

    taken = refused(await client.call_tool("book_appointment", {**wanted, "call_id": f"{call_id}-other", "customer_name": "Bo"}), "slot_unavailable")
    assert taken["alternatives"] and "Free instead:" in taken["say"], taken
    unknown = refused(await client.call_tool("check_availability", {"service": "Haircut", "start": start}), "unknown_name")
    assert [one["name"] for one in unknown["choices"]] == ["Check-up"], unknown
    wrong = refused(await client.call_tool("check_availability", {"service": "Check-up", "start": "soon", "when": 1}), "validation_failed")
    assert wrong["errors"], wrong
    story(f"{mode}: is refused with reasons and other times: {taken['say']}")

    later = taken["alternatives"][-1]
    moved = data(await client.call_tool("reschedule_appointment", {"booking": booked["booking"], "start": later["start"]}))
    [mine] = data(await client.call_tool("list_bookings", {"phone": "0049301234"[2:]}))["bookings"]
    assert mine["booking"] == booked["booking"] and mine["start"] == moved["start"] == later["start"], (mine, moved)
    kept = data(await client.call_tool("book_appointment", {**wanted, "staff": "Kim", "call_id": f"{call_id}-kept", "hold": True}))
    stands = data(await client.call_tool("confirm_appointment", {"booking": kept["booking"]}))
    assert (kept["status"], stands["status"]) == ("held", "confirmed"), (kept, stands)
    data(await client.call_tool("cancel_appointment", {"booking": kept["booking"]}))
    story(f"{mode}: keeps a time, and makes it stand: {stands['say']}")
    gone = data(await client.call_tool("cancel_appointment", {"booking": booked["booking"], "reason": "ill"}))
    assert gone["status"] == "cancelled" and not data(await client.call_tool("list_bookings", {}))["bookings"]
    story(f"{mode}: moves, finds by number, cancels: {moved['say']}")
    try:
        await client.call_tool("drop_tables", {})
    except MCPError as error:
        assert error.code == -32602, error
    else:
        raise AssertionError("a tool that is not there")


async def reads_only(client):
    assert "book_appointment" not in {tool.name for tool in (await client.list_tools()).tools}
    refused(await client.call_tool("book_appointment", {"service": "Check-up", "start": "2030-01-07T10:00"}), "forbidden")
    story("a key that may read is shown what it may use, and refused the rest")


async def main():
    with tempfile.TemporaryDirectory() as folder:
        service = Service(sys.argv[1], folder)
        try:
            keys = service.open()
            all_of_it = keys["bookings:read bookings:write"]
            await with_client(service.base, all_of_it, "auto", lambda client: on_the_phone(client, "stateless", "10:15", "call-1"))
            await with_client(service.base, all_of_it, "legacy", lambda client: on_the_phone(client, "handshake", "11:30", "call-2"))
            await with_client(service.base, keys["bookings:read"], "auto", reads_only)
        except BaseException:
            with open(f"{folder}/log") as log:
                sys.stderr.write(log.read()[-4000:])
            raise
        finally:
            service.process.send_signal(signal.SIGTERM)
            service.process.wait(30)
    print(f"foreign clients: {len(HELD)} stories hold, told by mcp {importlib.metadata.version('mcp')}")


asyncio.run(main())
