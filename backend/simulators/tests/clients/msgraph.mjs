// @microsoft/microsoft-graph-client against the simulator, unchanged. It sends its token to https only.
import assert from 'node:assert/strict';
import { BatchRequestContent, BatchResponseContent, Client, PageIterator } from '@microsoft/microsoft-graph-client';

const base = process.env.MICROSOFT_TLS;
const story = (text) => console.log('ok @microsoft/microsoft-graph-client:', text);
const control = async (path, body, method = 'POST') => {
  const reply = await fetch(`${base}/_control/${path}`, { method, body: JSON.stringify(body) });
  assert.ok(reply.ok, await reply.clone().text());
  return reply.status === 204 ? null : reply.json();
};

const who = 'mira.sandbox@contoso.example';
let tokens = await control('tokens', { email: who, scopes: ['User.Read', 'Calendars.ReadWrite', 'offline_access'] });
const graph = Client.initWithMiddleware({
  baseUrl: `${base}/`,
  defaultVersion: 'v1.0',
  customHosts: new Set(['localhost']),
  authProvider: { getAccessToken: async () => tokens.accessToken },
});

const me = await graph.api('/me').select('displayName,mail').get();
assert.equal(me.mail, who);
const calendars = await graph.api('/me/calendars').get();
assert.ok(calendars.value.some((c) => c.isDefaultCalendar) && calendars.value.length === 2);
story(`knows who it is and lists ${calendars.value.length} calendars`);

const made = await graph.api('/me/events').header('Prefer', 'outlook.timezone="Eastern Standard Time"').post({
  subject: 'From Node',
  body: { contentType: 'html', content: '<p>Agenda</p>' },
  start: { dateTime: '2027-06-01T10:00:00', timeZone: 'Eastern Standard Time' },
  end: { dateTime: '2027-06-01T11:00:00', timeZone: 'Eastern Standard Time' },
  attendees: [{ emailAddress: { address: 'somebody@example.org', name: 'Somebody' }, type: 'required' }],
  transactionId: 'node-1',
});
assert.equal(made.start.dateTime, '2027-06-01T10:00:00.0000000');
const mails = await (await fetch(`${base}/_control/mails`)).json();
assert.ok(mails.items.some((m) => m.to.includes('somebody@example.org')));
story('makes a meeting in a zone of its own, and the guest is invited');

await graph.api(`/me/events/${made.id}`).header('If-Match', made['@odata.etag']).patch({ subject: 'Changed' });
await assert.rejects(
  graph.api(`/me/events/${made.id}`).header('If-Match', made['@odata.etag']).delete(),
  (error) => error.statusCode === 412 && error.code === 'ErrorIrresolvableConflict' && error.requestId.length === 36,
);
await assert.rejects(graph.api('/me/events').post({ summary: 'x' }), (error) => error.statusCode === 400);
story('understands what it is refused');

const day = (n) => new Date(Date.now() + n * 86400000).toISOString();
const first = await graph.api('/me/calendarView').query({ startDateTime: day(-20), endDateTime: day(20) }).top(5).get();
let seen = 0;
const pages = new PageIterator(graph, first, () => ++seen > 0);
await pages.iterate();
assert.ok(seen > 10, String(seen));
story(`iterates over ${seen} occurrences, page by page`);

const window = `/me/calendarView/delta?startDateTime=${day(-20)}&endDateTime=${day(400)}`;
const changes = async (from) => {
  const items = [];
  const round = new PageIterator(graph, await graph.api(from).get(), (item) => items.push(item) > 0);
  await round.iterate();
  return { items, link: round.getDeltaLink() };
};
const whole = await changes(window);
await graph.api(`/me/events/${made.id}`).delete();
const news = await changes(whole.link.replace(`${base}/v1.0`, ''));
assert.deepEqual(news.items.map((i) => [i.id, i['@removed'].reason]), [[made.id, 'deleted']]);
story(`follows ${whole.items.length} changes and hears of a deletion`);

// It cuts off the host and nothing else; inside of a batch addresses have no version.
const batch = new BatchRequestContent([
  { id: '1', request: new Request(`${base}/me/calendar`) },
  { id: '2', request: new Request(`${base}/me/events/nonsense`) },
]);
const answers = new BatchResponseContent(await graph.api('/$batch').post(await batch.getContent()));
assert.equal(answers.getResponseById('1').status, 200);
assert.equal(answers.getResponseById('2').status, 400);
story('sends a batch');

await control('faults', { operation: 'graph.me.get', count: 1, effect: { kind: 'rateLimit', status: 429, retryAfter: 1 } });
assert.equal((await graph.api('/me').get()).mail, who);
story('waits as long as Retry-After says and tries again');
