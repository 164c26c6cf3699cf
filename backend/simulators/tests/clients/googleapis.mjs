// @googleapis/calendar against the simulator, unchanged.
import assert from 'node:assert/strict';
import { auth, calendar } from '@googleapis/calendar';

const base = process.env.SIMULATOR;
const story = (text) => console.log('ok @googleapis/calendar:', text);
const control = async (path, body, method = 'POST') => {
  const reply = await fetch(`${base}/_control/${path}`, { method, body: JSON.stringify(body) });
  assert.ok(reply.ok, await reply.clone().text());
  return reply.status === 204 ? null : reply.json();
};

const who = 'bright.dental@example.com';
const tokens = await control('tokens', { email: who, scopes: ['https://www.googleapis.com/auth/calendar'] });
const client = new auth.OAuth2({
  clientId: 'calendar-stacker-sandbox.apps.googleusercontent.com',
  clientSecret: 'GOCSPX-sandbox-only-not-a-secret',
  redirectUri: 'http://localhost:9/back',
  endpoints: { oauth2TokenUrl: `${base}/token`, oauth2RevokeUrl: `${base}/revoke` },
});
client.setCredentials({ access_token: tokens.accessToken, refresh_token: tokens.refreshToken });
const api = calendar({ version: 'v3', auth: client, rootUrl: `${base}/` });

const list = await api.calendarList.list();
assert.ok(list.data.items.some((c) => c.primary && c.id === who));
story(`lists ${list.data.items.length} calendars`);

const start = { dateTime: '2027-06-01T10:00:00-04:00', timeZone: 'America/New_York' };
const end = { dateTime: '2027-06-01T11:00:00-04:00', timeZone: 'America/New_York' };
const made = await api.events.insert({
  calendarId: 'primary',
  sendUpdates: 'all',
  conferenceDataVersion: 1,
  requestBody: {
    summary: 'From Node', start, end,
    attendees: [{ email: 'somebody@example.org' }],
    conferenceData: { createRequest: { requestId: 'one', conferenceSolutionKey: { type: 'hangoutsMeet' } } },
  },
});
assert.match(made.data.hangoutLink, /^https:\/\/meet\.google\.com\//);
const mails = await (await fetch(`${base}/_control/mails`)).json();
assert.ok(mails.items.some((m) => m.event === made.data.id && m.to.includes('somebody@example.org')));
story('inserts a meeting with a guest, a conference and an invitation');

let pageToken, syncToken, count = 0;
do {
  const page = await api.events.list({ calendarId: 'primary', maxResults: 2, pageToken });
  count += page.data.items.length;
  ({ nextPageToken: pageToken, nextSyncToken: syncToken } = page.data);
} while (pageToken);
await api.events.patch({ calendarId: 'primary', eventId: made.data.id, requestBody: { summary: 'Changed' } }, { headers: { 'If-Match': made.data.etag } });
await assert.rejects(
  api.events.delete({ calendarId: 'primary', eventId: made.data.id }, { headers: { 'If-Match': made.data.etag } }),
  (error) => Number(error.status ?? error.code) === 412,
);
const news = await api.events.list({ calendarId: 'primary', syncToken });
assert.deepEqual(news.data.items.map((e) => e.summary), ['Changed']);
story(`pages through ${count} events, then only what changed; an old ETag is refused`);

await control('tokens/expire', { email: who });
await api.events.delete({ calendarId: 'primary', eventId: made.data.id });
story('refreshes by itself after a 401');
