import "fake-indexeddb/auto";
import { beforeEach, describe, expect, it } from "vitest";
import { ApiError } from "../error";
import type { Event, EventIn } from "../types";
import { wipe } from "./database";
import { drain, type Send } from "./drain";
import {
  bornAs,
  discard,
  insist,
  readQueue,
  step,
  waiting,
  waitToAnswer,
  waitToChange,
  waitToCreate,
  waitToDelete,
} from "./queue";
import type { Waiting } from "./rules";

const at = (hour: number) => ({
  date_time: `2027-03-01T${String(hour).padStart(2, "0")}:00:00`,
  time_zone: "Europe/Berlin",
});
const body = (title: string): EventIn => ({ title, start: at(9), end: at(10) });
const event = (change: Partial<Event> = {}): Event =>
  ({
    id: "evt_1",
    etag: '"1"',
    calendar_id: "cal_1",
    client_id: "cli_1",
    title: "Check-up",
    description: null,
    location: null,
    start: { ...at(9), utc: "2027-03-01T08:00:00Z" },
    end: { ...at(10), utc: "2027-03-01T09:00:00Z" },
    recurrence: [],
    recurring_event_id: null,
    attendees: [],
    reminders: { use_default: true, overrides: [] },
    visibility: "default",
    transparency: "busy",
    status: "confirmed",
    colour: null,
    metadata: { order: "1" },
    ...change,
  }) as Event;

const offline = () => new ApiError({ code: "offline" });
const refused = (status: number, more: object = {}) =>
  new ApiError({ code: "validation_failed", status, detail: "No.", ...more });
const stale = (current: Event) => refused(412, { code: "precondition_failed", current });

/** A service of one calendar: makes, changes and deletes, replays a key it knows, refuses an old etag. */
class Service {
  events = new Map<string, Event>();
  keys = new Map<string, Event>();
  asked: string[] = [];
  /** Done, but its answer is lost. */
  losing = 0;
  answers: Send = async (one) => {
    this.asked.push(`${one.kind} ${one.title}`);
    const result = this.carry(one);
    if (this.losing-- > 0) throw offline();
    return result;
  };
  private carry(one: Waiting): Event | null {
    if (one.kind === "create") {
      const made =
        this.keys.get(one.id) ??
        event({ ...(one.body as Partial<Event>), id: `evt_${this.events.size + 1}`, etag: '"1"' });
      this.keys.set(one.id, made);
      this.events.set(made.id, made);
      return made;
    }
    const now = this.events.get(one.eventId);
    if (!now) throw refused(404, { code: "not_found" });
    if (one.kind === "answer") {
      const attendees = now.attendees.map((guest) => ({ ...guest, response: one.response ?? guest.response }));
      return this.set({ ...now, attendees });
    }
    if (now.etag !== one.base?.etag) throw stale(now);
    if (one.kind === "delete") {
      this.events.delete(now.id);
      return null;
    }
    return this.set({ ...now, ...(one.patch as Partial<Event>) });
  }
  /** Somebody changes it. */
  set(changed: Event): Event {
    const next = { ...changed, etag: `"${Number(changed.etag.replaceAll('"', "")) + 1}"` };
    this.events.set(next.id, next);
    return next;
  }
}

let service: Service;
const send = () => drain({ send: service.answers, onDone: async () => {} });
const change = (one: Event, patch: object, more: object = {}) =>
  waitToChange({ event: one, patch, scope: null, attempted: false, whole: false, ...more });
const local = (id: string, title = "New"): Event => event({ id, etag: "", title });

beforeEach(async () => {
  await wipe();
  await readQueue();
  service = new Service();
});

describe("a new event", () => {
  const create = (title: string, attempted = false) =>
    waitToCreate({ calendarId: "cal_1", clientId: "cli_1", body: body(title), attempted });

  it("is made once, with the key it was tried with first", async () => {
    const id = await create("New");
    expect(waiting()).toMatchObject([{ state: "waiting", eventId: id }]);
    await send();
    expect([...service.events.values()].map((one) => one.title)).toEqual(["New"]);
    expect(waiting()).toEqual([]);
    expect(bornAs(id)?.id).toBe("evt_1");
  });

  it("is made once although the first answer was lost", async () => {
    await create("New");
    service.losing = 1;
    await send();
    expect(waiting()).toMatchObject([{ state: "waiting", attempted: true }]);
    await send();
    expect(service.asked).toEqual(["create New", "create New"]);
    expect(service.events.size).toBe(1);
    expect(waiting()).toEqual([]);
  });

  it("takes changes along while nobody has seen it", async () => {
    const id = await create("New");
    await change(local(id), { title: "Newer", start: at(11), end: at(12) });
    expect(waiting()).toHaveLength(1);
    await send();
    expect(service.asked).toEqual(["create Newer"]);
  });

  it("that may have arrived keeps its body; the change follows it", async () => {
    const id = await create("New", true);
    await change(local(id), { title: "Newer" });
    await send();
    expect(service.asked).toEqual(["create New", "change Newer"]);
    expect([...service.events.values()]).toMatchObject([{ id: "evt_1", title: "Newer" }]);
  });

  it("deleted before anybody saw it leaves no trace; deleted after a try it is deleted there too", async () => {
    const id = await create("Never");
    await change(local(id), { title: "Never mind" });
    await waitToDelete({ event: local(id), scope: null, notify: "none", attempted: false });
    expect(waiting()).toEqual([]);
    const tried = await create("Maybe", true);
    await waitToDelete({ event: local(tried, "Maybe"), scope: null, notify: "none", attempted: false });
    await send();
    expect(service.asked).toEqual(["create Maybe", "delete Maybe"]);
    expect(service.events.size).toBe(0);
  });

  it("discarded takes its changes with it", async () => {
    const id = await create("New", true);
    await change(local(id), { title: "Newer" });
    await discard(waiting()[0]?.id ?? "");
    expect(waiting()).toEqual([]);
  });
});

describe("a change", () => {
  beforeEach(() => {
    service.events.set("evt_1", event());
  });

  it("joins the one that waits already", async () => {
    await change(event(), { title: "Visit" });
    await change(event(), { start: at(11), end: at(12) });
    expect(waiting()).toMatchObject([{ patch: { title: "Visit", start: at(11) } }]);
  });

  it("taken back before it was sent is nothing to send", async () => {
    await change(event(), { title: "Visit" });
    await change(event(), {}, { whole: true });
    expect(waiting()).toEqual([]);
  });

  it("whose answer was lost is not taken for somebody else's", async () => {
    await change(event(), { title: "Visit" });
    service.losing = 1;
    await send();
    await send();
    expect(service.events.get("evt_1")).toMatchObject({ title: "Visit", etag: '"2"' });
    expect(waiting()).toEqual([]);
  });

  it("changed again after its answer was lost ends as it was meant last", async () => {
    await change(event(), { title: "Visit", location: "Room 2" });
    service.losing = 1;
    await send();
    await change(event(), { title: "Call" }, { whole: true });
    await send();
    expect(service.events.get("evt_1")).toMatchObject({ title: "Call", location: null });
    expect(waiting()).toEqual([]);
  });

  it("goes on top of what others changed elsewhere in the event", async () => {
    await change(event(), { title: "Visit" });
    service.set(event({ location: "Room 9" }));
    await send();
    expect(service.events.get("evt_1")).toMatchObject({ title: "Visit", location: "Room 9" });
  });

  it("stops when others changed the same, and the other events go on", async () => {
    service.events.set("evt_2", event({ id: "evt_2", title: "Other" }));
    await change(event(), { title: "Visit" });
    await change(event({ id: "evt_2", title: "Other" }), { title: "Else" });
    service.set(event({ title: "Theirs" }));
    await send();
    expect(service.events.get("evt_2")?.title).toBe("Else");
    expect(waiting()).toMatchObject([{ state: "stopped", stop: { fields: ["title"], current: { title: "Theirs" } } }]);
    await insist(waiting()[0]?.id ?? "");
    await send();
    expect(service.events.get("evt_1")?.title).toBe("Visit");
    expect(waiting()).toEqual([]);
  });

  it("that is refused says why, keeps its place, and holds back only what belongs to it", async () => {
    const answers = service.answers;
    service.answers = async (one) => {
      if (one.patch.title === "Bad")
        throw refused(422, { errors: [{ pointer: "/title", code: "x", detail: "Too bad." }] });
      return answers(one);
    };
    service.events.set("evt_1_a", event({ id: "evt_1_a", recurring_event_id: "evt_1" }));
    await change(event(), { title: "Bad" });
    await change(event({ id: "evt_1_a", recurring_event_id: "evt_1" }), { location: "Room 1" });
    await waitToCreate({ calendarId: "cal_1", clientId: null, body: body("New"), attempted: false });
    await send();
    expect(waiting().map((one) => one.state)).toEqual(["stopped", "waiting"]);
    expect(waiting()[0]?.stop?.detail).toBe("No. Too bad.");
    expect(service.asked).toEqual(["create New"]);
  });

  it("made while the one before is under way is not lost", async () => {
    await change(event(), { title: "Visit" });
    const answers = service.answers;
    service.answers = async (one) => {
      const result = await answers(one);
      if (service.asked.length === 1) await change(event(), { title: "Visit at home" });
      return result;
    };
    await send();
    expect(service.events.get("evt_1")?.title).toBe("Visit at home");
    expect(waiting()).toEqual([]);
  });
});

describe("a deletion", () => {
  beforeEach(() => {
    service.events.set("evt_1", event());
  });
  const gone = () => waitToDelete({ event: event(), scope: null, notify: "none", attempted: false });

  it("of what is gone already is done", async () => {
    await gone();
    service.events.clear();
    await send();
    expect(waiting()).toEqual([]);
  });

  it("takes the place of changes that were not sent", async () => {
    await change(event(), { title: "Visit" });
    await gone();
    await send();
    expect(service.asked).toEqual(["delete Check-up"]);
  });

  it("asks again when others changed the event", async () => {
    await gone();
    service.set(event({ title: "Important" }));
    await send();
    expect(waiting()).toMatchObject([{ kind: "delete", state: "stopped", stop: { current: { title: "Important" } } }]);
  });
});

describe("the queue", () => {
  it("sends in order and stops when nobody answers", async () => {
    for (const title of ["One", "Two", "Three"]) {
      await waitToCreate({ calendarId: "cal_1", clientId: null, body: body(title), attempted: false });
    }
    const answers = service.answers;
    service.answers = async (one) => {
      if (one.title === "Two") throw offline();
      return answers(one);
    };
    await send();
    expect(service.asked).toEqual(["create One"]);
    expect(waiting().map((one) => one.title)).toEqual(["Two", "Three"]);
    service.answers = answers;
    await send();
    expect(service.asked).toEqual(["create One", "create Two", "create Three"]);
  });

  it("waits as long as the service asks for", async () => {
    await waitToCreate({ calendarId: "cal_1", clientId: null, body: body("One"), attempted: false });
    service.answers = async () => {
      throw refused(429, { code: "rate_limited", retryable: true, retry_after_s: 7 });
    };
    expect(await send()).toBe(7000);
    expect(waiting()).toMatchObject([{ state: "waiting" }]);
  });

  it("goes on after the page died in the middle of sending", async () => {
    await waitToCreate({ calendarId: "cal_1", clientId: null, body: body("One"), attempted: false });
    await step((all) => ({ put: all.map((one) => ({ ...one, state: "sending", attempted: true })), remove: [] }));
    await send();
    expect(service.events.size).toBe(1);
    expect(waiting()).toEqual([]);
  });

  it("reads the views again before an entry leaves it", async () => {
    await waitToCreate({ calendarId: "cal_1", clientId: null, body: body("One"), attempted: false });
    let seen: string[] = [];
    await drain({
      send: service.answers,
      onDone: async () => {
        seen = waiting().map((one) => one.state);
      },
    });
    expect(seen).toEqual(["done"]);
    expect(waiting()).toEqual([]);
  });
});

describe("an answer to an invitation", () => {
  const guest = { email: "dana@example.com", name: null, optional: false, self: true, response: "needs_action" };
  const invited = event({ attendees: [guest] as Event["attendees"] });

  it("waits, the last one counts, and a change made before goes before it", async () => {
    service.events.set(invited.id, invited);
    await change(invited, { location: "Hall" });
    await waitToAnswer({ event: invited, response: "declined", attempted: false });
    await waitToAnswer({ event: invited, response: "accepted", attempted: false });
    await send();
    expect(service.asked).toEqual(["change Check-up", "answer Check-up"]);
    expect(service.events.get("evt_1")).toMatchObject({ location: "Hall", attendees: [{ response: "accepted" }] });
    expect(waiting()).toEqual([]);
  });

  it("is given once more when the first answer of the service was lost, and stops where there is nothing to answer", async () => {
    service.events.set(invited.id, invited);
    await waitToAnswer({ event: invited, response: "tentative", attempted: false });
    service.losing = 1;
    await send();
    expect(waiting()).toMatchObject([{ kind: "answer", state: "waiting", attempted: true }]);
    service.events.delete(invited.id);
    await send();
    expect(waiting()).toMatchObject([{ kind: "answer", state: "stopped" }]);
  });
});
