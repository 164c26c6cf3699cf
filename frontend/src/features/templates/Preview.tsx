import { Card, MultiSelect, Stack, Text } from "@mantine/core";
import { eventTimes } from "@/lib/event-time";
import { sentence } from "@/lib/sentence";
import { showDay, showTime } from "@/lib/wall";
import { Failure } from "@/ui/Failure";
import { Section } from "@/ui/Section";
import { fieldLabel } from "./template";
import type { PreviewQuery } from "./usePreview";

type Shown = NonNullable<PreviewQuery["data"]>["events"][number];

const sameFault = (a: Shown["faults"][number], b: Shown["faults"][number]) =>
  a.code === b.code && a.column?.name === b.column?.name && a.detail === b.detail;

export interface PreviewProps {
  preview: PreviewQuery;
  /** Nobody has given it a title yet: that is no fault, it comes first. */
  untitled: boolean;
}

/** The first events that would be made, for calendars that are chosen here. */
export function Preview({ preview, untitled }: PreviewProps) {
  const { data, error, calendars, chosen, choose, isPlaceholderData } = preview;
  const nameOf = (id: string) => calendars?.find((one) => one.id === id)?.name ?? "a calendar";
  const events = untitled ? [] : (data?.events ?? []);
  // What is wrong with each of them is said once.
  const [first, ...others] = events;
  const common =
    first?.faults.filter((one) => others.every(({ faults }) => faults.some((it) => sameFault(it, one)))) ?? [];
  return (
    <div style={{ position: "sticky", top: 72, alignSelf: "start", minWidth: 0 }}>
      <Section title="Preview" description="The first events, as they would be made from tomorrow on.">
        <Stack gap="sm">
          <MultiSelect
            label="For the calendars"
            searchable
            maxValues={5}
            data={calendars?.map((one) => ({ value: one.id, label: one.name })) ?? []}
            value={chosen}
            onChange={choose}
          />
          {calendars?.length === 0 && (
            <Text size="sm">There is no calendar that can be written to; connect an account first.</Text>
          )}
          {error && <Failure error={error} />}
          <Stack
            component="ul"
            gap="xs"
            m={0}
            p={0}
            aria-label="Events of the preview"
            aria-live="polite"
            style={{ listStyle: "none", opacity: isPlaceholderData ? 0.6 : 1 }}
          >
            {common.length > 0 && (
              <li>
                <Faults faults={common} />
              </li>
            )}
            {events.map(({ faults, ...one }) => {
              const own = faults.filter((fault) => !common.some((it) => sameFault(it, fault)));
              if (!one.event && own.length === 0) return null;
              return (
                <One
                  key={`${one.calendar_id} ${one.number}`}
                  shown={{ ...one, faults: own }}
                  calendar={one.calendar_id ? nameOf(one.calendar_id) : "no calendar"}
                />
              );
            })}
          </Stack>
          {untitled && (
            <Text size="sm" c="dimmed">
              Give it a title, then the events appear here.
            </Text>
          )}
          {!untitled && data && data.events.length === 0 && data.errors.length > 0 && (
            <Text size="sm">Mend what is marked at the fields, then the events appear here.</Text>
          )}
        </Stack>
      </Section>
    </div>
  );
}

function One({ shown: { event, faults }, calendar }: { shown: Shown; calendar: string }) {
  return (
    <Card component="li" padding="sm">
      {event && (
        <>
          <Text fw={600} style={{ overflowWrap: "anywhere" }}>
            {event.title || "(no title)"}
          </Text>
          <Text size="sm">{whenWords(event)}</Text>
          <Text size="sm" c="dimmed" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
            {[calendar, event.location, event.attendees?.map((guest) => guest.email).join(", ")]
              .filter(Boolean)
              .join(" · ")}
            {event.description && `\n${event.description}`}
            {event.recurrence?.map((line) => `\n${line}`)}
          </Text>
        </>
      )}
      <Faults faults={faults} />
    </Card>
  );
}

const Faults = ({ faults }: Pick<Shown, "faults">) =>
  faults.map((fault) => (
    <Text size="sm" c="var(--mantine-color-error)" key={`${fault.code} ${fault.column?.name}`}>
      {fault.column && `${fieldLabel(fault.column.name)}: `}
      {sentence(fault.detail)}
    </Text>
  ));

/** Times as they were written: no clock but the event's own. */
function whenWords({ start, end }: NonNullable<Shown["event"]>): string {
  if (start.date) return `${showDay(start.date)}, ${eventTimes({ start, end }, "UTC").toLowerCase()}`;
  if (!start.date_time) return "";
  const [from, to] = [start.date_time.slice(0, 19), end.date_time?.slice(0, 19) ?? start.date_time.slice(0, 19)];
  const until = from.slice(0, 10) === to.slice(0, 10) ? showTime(to) : `${showDay(to.slice(0, 10))}, ${showTime(to)}`;
  return `${showDay(from.slice(0, 10))}, ${showTime(from)} – ${until}${start.time_zone ? ` (${start.time_zone.replaceAll("_", " ")})` : ""}`;
}
