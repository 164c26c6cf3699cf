import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from "@tanstack/react-router";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import type { Reconciliation } from "@/api/reconcile";
import { CompareButton } from "./CompareButton";

vi.mock("@/api/session", () => ({ useMay: () => true }));

const calendar = { id: "cal_1", name: "Front desk", selected: true, provider: "google" } as const;
const found: Reconciliation = {
  calendar_id: "cal_1",
  at: new Date().toISOString(),
  compared: 1234,
  differences_count: 3,
  agrees: false,
  repaired: false,
  differences: [
    { kind: "missing_here", event_id: null, provider_event_id: "a", title: "Lunch", fields: [], repaired: false },
    { kind: "missing_there", event_id: "evt_b", provider_event_id: "b", title: "Tea", fields: [], repaired: false },
    {
      kind: "different",
      event_id: "evt_c",
      provider_event_id: "c",
      title: null,
      fields: ["title", "time"],
      repaired: false,
    },
  ],
};

/** What the service is asked, in order; `answers` are given in turn. */
function service(
  ...answers: (Reconciliation | { status: number; code: string; title: string; detail: string })[]
): string[] {
  const asked: string[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    const { method, url } = input as Request;
    asked.push(`${method} ${new URL(url).pathname}${new URL(url).search}`);
    const answer = answers[asked.length - 1];
    const status = answer && "status" in answer ? answer.status : 200;
    const type = status === 200 ? "application/json" : "application/problem+json";
    return new Response(JSON.stringify(answer), { status, headers: { "content-type": type } });
  });
  return asked;
}

async function open(): Promise<HTMLElement> {
  const page = createRootRoute({ component: () => <CompareButton calendar={calendar} /> });
  const router = createRouter({ routeTree: page, history: createMemoryHistory() });
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <RouterProvider router={router as never} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  await userEvent.click(await screen.findByRole("button", { name: "Compare with provider" }));
  return screen.findByRole("dialog", { name: "Compare “Front desk” with Google Calendar" });
}

test("what differs is said in plain words, and repaired when that is wanted", async () => {
  const asked = service(found, {
    ...found,
    repaired: true,
    differences: found.differences.map((one) => ({ ...one, repaired: one.kind !== "different" })),
  });
  const dialog = await open();
  await within(dialog).findByText("3 events differ");
  const rows = within(dialog).getAllByRole("row").slice(1);
  expect(rows.map((row) => row.textContent)).toEqual([
    "LunchMissing here",
    "TeaMissing at Google Calendar",
    "(no title)Says something else: title, time",
  ]);
  expect(within(dialog).getByRole("link", { name: "Tea" }).getAttribute("href")).toBe("/events/evt_b");
  await userEvent.click(within(dialog).getByRole("button", { name: "Repair" }));
  await within(dialog).findByText("2 events brought in line, 1 left");
  expect(within(dialog).queryByRole("button", { name: "Repair" })).toBeNull();
  // What our copy had alone is not here any more: no link to nowhere.
  expect(within(dialog).queryByRole("link", { name: "Tea" })).toBeNull();
  expect(asked).toEqual([
    "POST /api/v1/calendars/cal_1/reconcile?repair=false",
    "POST /api/v1/calendars/cal_1/reconcile?repair=true",
  ]);
});

test("when both say the same there is nothing to repair", async () => {
  service({ ...found, differences: [] });
  const dialog = await open();
  await within(dialog).findByText("Here and there say the same");
  await within(dialog).findByText(/1,234 events of Google Calendar compared/);
  expect(within(dialog).queryByRole("button", { name: "Repair" })).toBeNull();
});

test("a comparison that does not come to its end says why, and is tried again", async () => {
  const asked = service(
    { status: 503, code: "provider_unavailable", title: "Not reachable", detail: "Google does not answer." },
    { ...found, differences: [] },
  );
  const dialog = await open();
  await within(dialog).findByText("Google does not answer.");
  await userEvent.click(within(dialog).getByRole("button", { name: "Try again" }));
  await within(dialog).findByText("Here and there say the same");
  await waitFor(() => expect(asked).toHaveLength(2));
});
