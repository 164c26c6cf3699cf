// The help pages. Small Markdown: ## headings, - and 1. lists, **bold**, `code`, [links](/path), ``` blocks.

export interface Article {
  id: string;
  title: string;
  /** Words people search for that the text does not use. */
  keywords: string;
  body: string;
}

export const articles: Article[] = [
  {
    id: "getting-started",
    title: "Getting started",
    keywords: "first steps onboarding begin tutorial client",
    body: `
Four steps lead to the first event. The dashboard shows how far you are.

1. **Add a client** under [Clients](/clients): the business whose calendars you manage. Its time zone decides how its calendar is shown. If you enter its Google account, connecting any other account is refused, so nobody mixes up two clients.
2. **Connect an account** under [Credentials](/credentials/new): Google, Microsoft 365, or any CalDAV server such as iCloud, Nextcloud or Fastmail.
3. **Choose calendars**: which to show, which make their owner busy, which receive bookings.
4. **Create an event** in the [Calendar](/calendar): select a time, give it a title, save. It is at the provider when the dialog closes.

## One client or all
The switcher in the header decides what you see: one client, or all of them. It is part of the address, so links and the back button keep it.

## The sandbox
Started with \`make run\`, the service brings simulated Google and Microsoft accounts. You can try everything without an app of your own; nothing leaves this machine.
`,
  },
  {
    id: "clients",
    title: "Clients: add, archive, restore, purge",
    keywords: "delete remove customer business erase",
    body: `
A client is a business whose calendars you manage. Everything else (accounts, calendars, events) belongs to one client.

- **E-mail** addresses are unique: two clients cannot share one.
- **Google account** is optional. When it is set, only this account can be connected to the client.
- **Archive** takes a client out of the lists. Its accounts are kept; nothing is lost. *Undo* or **Restore** brings it back.
- **Purge** is possible for archived clients only. It erases the client with its accounts, calendars and mirrored events **from this service** for good. What the provider keeps stays there.
`,
  },
  {
    id: "connect-google",
    title: "Connect a Google account",
    keywords: "oauth consent redirect uri cloud console project client id secret scopes gmail wizard",
    body: `
With a sandbox, or when the operator has set up an app for the whole installation, go to [Credentials → Connect an account](/credentials/new), choose Google and allow access. That is all.

## An own Google app, step by step
1. Open the [Google Cloud console](https://console.cloud.google.com/) and create a project.
2. **APIs & Services → Library**: enable the *Google Calendar API*.
3. **OAuth consent screen**: choose *External*, enter the name of your organisation, add the scopes that the wizard lists.
4. **Credentials → Create credentials → OAuth client ID → Web application**.
5. Under *Authorised redirect URIs* paste the address that the wizard shows, exactly. It ends in \`/api/v1/oauth/callback\`.
6. Copy client id and client secret into the wizard and press **Continue to Google**.
7. On Google's page choose the right account, tick the calendar permission, press *Allow*.

## What can go wrong
- **redirect_uri_mismatch**: the address in the Google console differs from the one the wizard shows, often by \`http\`/\`https\` or a slash at the end.
- **Access blocked / app in testing**: add the account as a test user, or publish the app. While an app is *in testing*, Google ends every authorisation after **seven days**.
- **Wrong account**: the client names another Google account. Nothing was stored; connect again with the right one.
- **Missing permission**: the calendar box was not ticked on the consent page. Connect again and tick it.
`,
  },
  {
    id: "connect-microsoft",
    title: "Connect a Microsoft 365 or Outlook.com account",
    keywords:
      "oauth consent entra azure graph exchange outlook office teams client id secret tenant administrator wizard",
    body: `
With a sandbox, or when the operator has set up an app for the whole installation, go to [Credentials → Connect an account](/credentials/new), choose Microsoft 365 and allow access. That is all.

## An own app, step by step
1. Open the [Microsoft Entra admin center](https://entra.microsoft.com/), **App registrations → New registration**.
2. As redirect URI choose *Web* and paste the address that the wizard shows, exactly. It ends in \`/api/v1/oauth/callback\`.
3. **API permissions → Microsoft Graph → Delegated permissions**: add those that the wizard lists.
4. **Certificates & secrets**: make a client secret and copy its *value*.
5. Paste application id and secret into the wizard and press **Continue to Microsoft**.
6. On Microsoft's page choose the right account and press *Accept*.

## What is different
- Microsoft mails the guests of a meeting about every change, whatever *Notify* says.
- Events have one reminder and no colour of their own.
- A series has one rule. What Outlook cannot repeat (every 31st, two days of a month, …) is refused with the reason, before anything is sent.
- Changes made in Outlook to events more than a year ago or four years ahead arrive within an hour or so, deletions there within a week.
- An event cannot be moved to another calendar; copy it and delete the old one.

## What can go wrong
- **Need admin approval**: the organisation lets only administrators consent. Choose *Return to the application*, let one connect first or approve the app, then connect again.
- **The client secret is wrong or has ended**: Microsoft ends every secret after two years at the latest. Make a new one and enter its value, not its id.
- **Password changed, signed out everywhere, second proof of identity**: connect the account again.
`,
  },
  {
    id: "connect-caldav",
    title: "Connect CalDAV: iCloud, Nextcloud, Fastmail and others",
    keywords: "apple app password app-specific password radicale baikal sogo davical server url username",
    body: `
You need an address, a user name and, nearly always, an **app password**: a password made for this service alone, which you can take back at any time.

## iCloud
1. Sign in at [account.apple.com](https://account.apple.com/) → **Sign-In and Security → App-Specific Passwords**.
2. Press **+**, name it “Calendar Stacker”, copy the password (\`xxxx-xxxx-xxxx-xxxx\`).
3. Address: \`https://caldav.icloud.com\`. User name: your Apple Account's e-mail address.

## Nextcloud
1. **Settings → Security → Devices & sessions → Create new app password**.
2. Address: \`https://cloud.example.org/remote.php/dav\`. User name as shown beside the new password.

## Fastmail
1. **Settings → Privacy & Security → App passwords → New**, access *Calendars*.
2. Address: \`https://caldav.fastmail.com\`. User name: your full e-mail address.

## Other servers
Radicale, Baïkal, DAViCal, SOGo and the like: the base address is enough; calendars are discovered.

## What can go wrong
- **Wrong password**: the account's own password was used where an app password is needed.
- **Certificate**: the server's certificate is not trusted or has expired.
- **Private address**: servers in private networks are refused unless the operator allows them with \`CALENDAR_STACKER_ALLOW_ADDRESSES\`.
- **Not CalDAV**: the address answers, but not as a calendar server. Check the path.
`,
  },
  {
    id: "credentials",
    title: "When an account stops working",
    keywords: "reauthorization reconnect expired revoked status token needs re-authorization validate disconnect",
    body: `
The dashboard and the account say what happened and what to do.

- **Valid**: works. Tokens are renewed ahead of their end by themselves.
- **Expires soon / Expired**: it ends and cannot be renewed by itself. Press **Reconnect**.
- **Needs re-authorization**: the provider refused it twice, for instance after a password change or because access was taken back. Press **Reconnect** and consent again **with the same account**; calendars and settings stay.
- **Disconnected**: you gave access back. Reconnect whenever you like.
- **Error**: the last call failed for another reason; the text says which. It is tried again.

**Validate** asks the provider now and lists what works: reachable, signed in, permissions, calendars. **Test event** creates an event and removes it again.

Until an account works again you see its last state and how old it is. Nothing is overwritten.
`,
  },
  {
    id: "calendars",
    title: "Calendars: choose, colour, freshness",
    keywords: "sync health selected busy availability bookings malformed resync as of age",
    body: `
After connecting, every calendar of the account is listed.

- **Shown** calendars are mirrored and appear in the calendar view and the lists.
- **Makes busy**: its events block its owner's time.
- **Receives bookings**: new bookings are written here.
- **Colour** is ours alone; the provider's stays as it is.

Changes of others arrive by themselves; **Sync now** asks at once. Each calendar says how old its data is and what could not be read, with the reason.
`,
  },
  {
    id: "events",
    title: "Events: create, change, invite",
    keywords: "attendees guests reminders visibility busy free all-day time zone drag resize conflict",
    body: `
Select empty time in the [Calendar](/calendar) or press **N**. Drag an event to move it, pull its lower edge to make it longer. The line above the grid says **which time zone you see**. A phone shows three days of a week, and has the zone and the calendars behind **Calendars**.

## Time zones
An event keeps the zone it was made in. A local time that does not exist or happens twice (when clocks change) is asked back: earlier or later.

## Guests
Guests are mailed only if you say so: *nobody*, *guests outside the organisation*, or *everybody*.

## Two people at once
If somebody changed the event since you opened it, here or at the provider, you see both versions field by field and choose mine, theirs or a mix. Nothing is overwritten silently.
`,
  },
  {
    id: "recurrence",
    title: "Recurring events",
    keywords: "repeat series rrule weekly monthly every this and following occurrence exception",
    body: `
*Repeat* offers the usual rules and a builder for the others. The sentence below says what the rule means; the list shows the next dates as the provider will make them.

Changing or deleting one date of a series asks what you mean:
- **This one**: only this date; the others stay.
- **This and all later ones**: the series ends before it, and a new one begins here.
- **The whole series**: every date, past ones too.

Times stay on the wall clock: a meeting at 9:00 in Berlin is at 9:00 in summer and in winter.
`,
  },
  {
    id: "shortcuts",
    title: "Keyboard shortcuts",
    keywords: "keys hotkeys palette ctrl k command accessibility",
    body: `
Press **?** on any page for this list, **Ctrl+K** (⌘K) to search for pages, clients, actions and help. Single-key shortcuts can be switched off under [Settings → Appearance](/settings?tab=appearance).
`,
  },
  {
    id: "api",
    title: "API and scripts",
    keywords: "rest swagger openapi key bearer token curl automation idempotency pagination webhook developer",
    body: `
Everything you see here is done through the API, and scripts may do the same. [Swagger UI](/docs) documents and tries every operation; [openapi.json](/openapi.json) generates clients.

1. Create a key under [Settings → API keys](/settings?tab=api-keys) with only the scopes the script needs. It is shown once.
2. Send it with every request:

\`\`\`
curl -H "Authorization: Bearer $KEY" \\
  "$HOST/api/v1/events?from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z&expand=instances"
\`\`\`

## Habits that pay
- **Idempotency-Key** on every POST: a repeated request with the same key never makes a second event.
- **If-Match** with the \`ETag\` you read: a change of somebody else is never overwritten; you get 412 and the current state.
- **Cursors**: pass \`next_cursor\` on until it is \`null\`.
- **Errors** are \`application/problem+json\`: branch on \`code\`, show \`detail\`, follow \`action\`, quote \`request_id\`.
`,
  },
  {
    id: "troubleshooting",
    title: "Troubleshooting",
    keywords: "problem error missing event cannot edit offline slow support request id",
    body: `
## An event is missing
Look at its calendar: is it *shown*? When was it synced last? An event that could not be read is listed there with its reason. Try **Sync now**.

## I cannot change an event
The calendar is read-only for this account, or the event belongs to somebody else. You may still answer the invitation.

## The page says “No connection”
The service cannot be reached from this browser. What you see is the last state. Try again when you are online.

## Something else failed
Every error shows what happened, what to do, and a **request id**. Copy it: with it the operator finds the cause in the log.

## Does deleting a client delete its calendars at Google?
No. Archiving keeps everything; purging erases what this service keeps, never what the provider keeps.
`,
  },
  {
    id: "sync",
    title: "Sync: what is on its way, and what stands against it",
    keywords:
      "queue pending failed conflict mine theirs merge undo log quota resync compare repair frozen held back retry lag success rate",
    body: `
A change is saved here first and sent to the provider in the same moment, mostly within a second. When the provider does not answer, the change is **on its way**: it stands in the calendar with a crossed-out cloud, and is tried again by itself. Changes made at the provider come here the same way.

## Queue
Under [Sync](/sync) stands everything that is not at the provider yet. What the provider refused stands on top, with its reason: **Retry** it when the reason is gone, or **Discard** it, and the event becomes what the provider has. The same buttons stand in the event itself, and the [Dashboard](/) says how many there are.

A change is **held back** when the event was changed here and at the provider again and again within a day, each time undoing the other. Probably another program writes it too. Find that program, then press **Let it sync again**.

## Conflicts
When somebody changes one field here and another one there, both are kept. Only when both change the **same** field somebody must be right. Each client's settings say who: *what was said here*, *what the provider says*, or *ask*. What is to be asked stands under [Conflicts](/sync?tab=conflicts) and in the event itself: take yours, theirs, or choose field by field. What was decided can be decided anew, there under *Decided*.

## Log and health
The [log](/sync?tab=log) has every exchange of the last 30 days that did something. [Health](/sync?tab=health) shows the share that went well, how late changes are, how fresh each calendar is, and how many requests each account may still make. **Resync** reads a calendar from its provider at once.

**Compare** holds every event of a calendar against what its provider lists, and says in words what differs; it happens by itself every week. **Repair** then makes what you see here say what the provider says. Your own changes that are still on their way are spared, and nothing is written to the provider.
`,
  },
  {
    id: "services",
    title: "Services, staff and hours",
    keywords:
      "booking appointment opening closed holiday buffer notice slot policy customer capacity round robin team schedule cancel reminder rules busy",
    body: `
Five things decide what can be booked. Each client has its own; the switcher in the header says whose you see.

1. **[Staff](/staff)**: everybody who can be booked. Tick which calendars **make them busy** and which **get their bookings**. They may be at different providers.
2. **Working hours**, on the page of the staff member. They are what the clock on the wall shows, summer and winter. **Copy to…** fills the other days; **Add a date** says other hours, or none, for one date.
3. **[Services](/services)**: how long it takes, what is kept free before and after, who does it, how much notice it needs, how far ahead it can be booked. The line at the top of the form says it in words.
4. **[Closures](/services?tab=closures)**: days, or part of a day, on which nothing can be booked, whoever works.
5. **[Booking policy](/services?tab=policy)**: whether a booking stands at once, until when customers may change their minds, and what happens when somebody changes its event at the provider.

## Customers
[Customers](/customers) are found by part of their name, address or number, however it is written. **Forget** erases what is known about somebody for good; their bookings stay, without a name, in your calendars, too.

## Which events take time
The page of a calendar has the table: whole days, tentative events, invitations that nobody answered, absences, focus time. Cancelled events, declined invitations and working locations never take time.

## Hours across midnight, and clock changes
Hours that end before they begin end on the next day; they belong to the day on which they begin. When the clock is put forward, hours in the gap are shorter that day; when it is put back, they are longer.

## Archive
Archived services and staff cannot be booked any more. Their bookings stay, and *Undo* or **Restore** brings them back.
`,
  },
  {
    id: "bookings",
    title: "Bookings",
    keywords:
      "booking appointment book import csv past other system move slot free time hold confirm reschedule move reassign cancel late override no-show day board drag why not free alternatives receipt flagged",
    body: `
[Bookings](/bookings) has everything that is booked: as a list, or as a [day board](/bookings?view=board) with a column for each staff member. The address of the page keeps the view, the filters and the booking that is open, so it can be sent to somebody. Every time says in which zone it is.

## Book
Press **New booking**, choose the service, with whom (or *anyone who does it*) and the day. The buttons are the times that can be booked: working hours, closures, notice, the time kept free around, other bookings and every calendar that makes people busy are counted in. Below stands how old that knowledge is, and which calendar is not known.

A customer is found by part of a name, address or number, or is made in place. **Notes for everybody** are written into the event; **private notes** never leave this application.

**Repeat** books the same time every week, or every few weeks: all of the dates, or none if one of them is not free.

**Hold** keeps the time while somebody is still deciding; **Confirm** in the booking makes it stand. Whether a booking stands at once is said by the client's [booking policy](/services?tab=policy).

## Why is this not free?
Type a time that is not offered under *Another time* and press **Ask about it**: each rule says, person by person, what it has against the time. Below stand the nearest free ones.

When somebody else was faster you get the reason and other times as buttons. Nobody is ever booked twice.

## Move, give to somebody else, cancel
Open the booking. **Move…** and **Cancel…** say until when customers may change their minds. Tick *The customer asked for it* and the policy holds; when it is too late you may do it **all the same**, and the history says that you did. Your own team is never held up. **Somebody else comes…** changes the customer. **Completed** and **Nobody came** appear when the booking has begun.

If somebody changed the booking while you looked at it, you see it as it is now; press again if you still mean it.

## The day board
Drag a card to another time or person; **Undo** takes it back. By keys: *Space* picks a card up, the arrow keys move it, *Enter* puts it down, *Escape* lets go. Grey is outside the working hours. A phone shows one person at a time; there, open the booking to move it.

## Its calendars, and “look at it”
Each calendar that shows the booking says whether it has it already. A booking is marked **look at it** when a calendar was not known as it was made, or when somebody changed its event at the provider: then choose which of both is right. *What it was decided by* says which calendars were known, and how old that was.

## Bookings from another system
**Import…** takes a CSV file. Say what its columns are for; below stands how the first rows are understood, and nothing is sent before you say so. Each row needs a service that is here by the same name, and a day with a time, which are on the client's clock. What is over is kept as *completed* and touches no calendar unless you ask; what is to come is booked by the same rules as any other booking. Customers are not told of it.

You can leave the page: the rows are read one by one, also while nobody looks. Those that cannot be used are listed with the reason; put them right in the file and import it again. A row that is here already makes nothing.

## Who was told, and undo
*Messages* lists what customers and your team were told, or will be, and why something was not sent. Below the *History* stands **Undo**: it takes the last thing back, also what the booking did because its event was changed at the provider, as long as the time is still free.
`,
  },
  {
    id: "public-page",
    title: "Customers book themselves",
    keywords:
      "public booking page link slug embed widget iframe website snippet customers own link token cancel move reminder e-mail",
    body: `
A client can have a page on which customers book without signing in.

1. Under [Services](/services) edit what customers may book: switch **On the public booking page** on.
2. Under [Booking policy](/services?tab=policy) switch **Customers can book themselves** on, choose an address, and save. Below it stands the link.
3. **It says who does it** lets customers choose with whom. Switched off, the page names nobody.

Customers see the free times by their own clock; if the business is in another zone, the page says so. They see nothing of what makes a time busy. Two who want the same time: one gets it, the other is offered the nearest free times. If the policy says that somebody has to say yes first, the booking waits, and its time is kept.

## On another site
Switch **Other sites may show it** on and copy what stands under *For another site* into that site, where the page is to appear. Its height adapts by itself. Switched off, browsers refuse to show it there.

## The customer's own link
With each booking comes a link by which its customer sees it, moves it and cancels it, as long before the start as the policy says. Later the page says until when it was possible and to get in touch. Whoever has the link may do that: it is in no log, and nobody else is told of it.

## What customers are told
*What customers are told* in the policy: by e-mail, by text message, and reminders before the start. They leave only if this installation has a mail server; each booking says what became of its messages.
`,
  },
  {
    id: "bulk",
    title: "Bulk work",
    keywords:
      "import upload csv ics json spreadsheet mass many thousands dry run plan apply progress pause resume cancel retry undo export report move delete edit selection stacker",
    body: `
[Bulk work](/bulk) makes, changes, moves and deletes events by the thousand, in the calendars of as many clients as you like. Nothing is written before you have seen what will be, and what was applied can be undone.

## Begin with a file
Drop a CSV, ICS or JSON file on the page, or press **Choose a file**. Workbooks and archives are not read: save the sheet as CSV, unpack the archive.

1. **How it is read** shows what was found: encoding, what stands between cells, the order of day and month, the zone of times. What the file does not say for certain is asked under *Is this right?*
2. **What the columns are for**: choose for each column what it says, or *Not read*. Rows name their calendar in a column, or you choose one for all below. Your choices are remembered for files with the same columns.
3. **Dry run** looks at every row and writes nothing.

## Look at the plan
The page says how many events would be new, changed, moved or deleted in each calendar, how many mails would go out, and how long it will take within the limits of the providers. Under *Line by line* each row can be opened: what each field says before and after, or what is wrong with it, with line and column and what to write instead. Rows that cannot be done are left out; the others are not held up.

A row whose event is there already is *There already*; one that would change nothing is *Says it already*. So the same file can be sent twice.

**Apply** does what you looked at. When much would be deleted, you type that it is meant. An event that somebody changed since the plan was made is left alone and listed as failed.

## While it runs
The bar counts what **is at the provider**, not what waits to be sent. You may close the page, and the service may even be restarted: it goes on where it was, and makes nothing twice. **Pause** stops after the events that are on their way; **Cancel the rest** keeps what was done.

Afterwards filter *How it went* by *Failed*, open a line to see why, mend the reason and press **Retry**: only those are tried again. **Report** is a table of every line and what became of it.

## Undo
**Undo** makes a plan that takes everything back, and you look at it before you apply it. What somebody has changed since stays as it is; the plan says so line by line.

## Many events from the list
Select events in [their list](/events), or filter and press **Select all that match**, then **Change…**: put something before each title, set the place, move them in time or into another calendar; or **Delete…**. That leads to a plan as well.

## Export
**Export** in the list of events gives what is filtered as CSV, ICS or JSON. Sent back unchanged, such a file changes nothing; change some cells and only those events change.
`,
  },
  {
    id: "templates",
    title: "Templates",
    keywords: "recipe variables placeholders counter list date arithmetic override preview many clients recurring",
    body: `
A [template](/templates) is an event with variables. Used for many calendars, it becomes a plan that you look at like any [bulk work](/help?topic=bulk).

Each field holds a text as it would stand in a table: \`45 min\` is a duration, \`FREQ=WEEKLY;COUNT=10\` a repetition, \`ann@example.org; bo@example.org\` are guests. The button with braces beside a field puts a variable where the cursor stands.

- \`{{client.name}}\`, \`{{calendar.name}}\`: whose it is, where it goes.
- \`{{date}}\`: the day of this event. \`{{date + 2 weeks}}\` counts from it; minutes, hours, days, weeks, months and years.
- \`{{start - 1 day as "%d.%m.%Y"}}\`: counted from the start, and written as you like.
- \`{{n}}\`: 1, 2, 3. \`{{n start 100 step 10 pad 4}}\`: 0100, 0110.
- \`{{list "Ann", "Bea"}}\`: one after the other, in turn.
- \`{{place}}\`: a variable of the template’s own, with one value for everybody and another one for single clients.

A name that is not known is an error, never an empty text; it is shown at the character where it stands, and **Go there** puts the cursor on it. The preview beside the texts shows the first events as they would be made.

## Different for a client
Choose the client, then give its variables other values, or a field another text. Everything else stays as for everybody.

## Use it
**Use it…** asks for the calendars, the first day, how many events in each and how many days between them. Then comes the dry run. Events that were made stay as they are when the template changes later.
`,
  },
  {
    id: "people",
    title: "People and what they may do",
    keywords: "user invite member role permission access reader staff colleague password deactivate owner admin",
    body: `
Under [Settings → People](/settings?tab=people) owners and administrators say who signs in.

## Invite somebody
Press **Invite somebody**, enter name and e-mail, choose a role. You get a **link**: give it to them yourself, by whatever way you trust. With it they set a password. It works once, for seven days; *New invitation link* makes another one. No mail is sent.

## Roles
- **Owner**: everything. Only owners make owners; the last one stays.
- **Administrator**: all clients, people, keys.
- **Member**: the clients that you choose, and nothing else. What they do not reach does not exist for them: not in lists, searches, numbers or exports.

## What a member may do with a client
- **Read**: look. Buttons that would change something are not shown.
- **Write**: also events, bookings, customers, bulk work, conflicts.
- **Manage**: also accounts, services, staff, hours and the settings of the client.

**Only as …** makes a member one of the client’s staff: they see their own accounts, calendars, events and bookings, nothing of the others. What they connect is theirs. Whose an account is, an owner says under *Edit* on the account’s page. Of a calendar that several of the staff use they see when it is busy, not with what.

Bulk work, uploaded files and templates belong to whoever made them; owners and administrators see all.

## Letting somebody go
*Deactivate* signs them out everywhere at once, also where something is open. *Bring back* undoes it, *Remove* forgets them. API keys do not belong to people: revoke those they know.
`,
  },
  {
    id: "offline",
    title: "Without a connection",
    keywords: "offline network lost waiting queue unsent age stale pending",
    body: `
When the service cannot be reached, the application goes on. A bar above every page says so.

## Reading
You see what was read last, and the bar says how old that is. It is kept in this browser, also when you close it: clients, accounts, and the parts of the calendar you looked at. Signing out erases it; passwords and tokens are never kept.

## Changing
New events, changes, moves and deletions **wait in this browser**. They stand in the calendar with a crossed-out cloud, and under [Waiting changes](/waiting), where each can be edited or discarded. When the service answers again they are sent by themselves, in the order you made them, each exactly once, even if the first try arrived and only its answer was lost.

- Other changes (clients, accounts, settings, moving an event to another calendar, answering an invitation) need a connection and say so.
- What belongs to one event or series is sent one after the other.

## When a change needs you
If somebody else changed **other** parts of the event meanwhile, both changes are kept. If they changed **the same**, yours stops and asks: *Overwrite theirs*, *Open and edit*, or *Discard*. The same when the service refuses a change; it says why. Changes of other events are not held up.
`,
  },
];
