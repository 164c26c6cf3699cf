// Table of contents: every address of the application, what it shows, and what its search part may carry.
// Pages load on demand. Only this folder knows more than one feature.
import type { QueryClient } from "@tanstack/react-query";
import {
  createRootRouteWithContext,
  createRoute,
  lazyRouteComponent,
  type RouteComponent,
  redirect,
  retainSearchParams,
} from "@tanstack/react-router";
import { api } from "@/api/client";
import { queueRead } from "@/api/offline/queue";
import { sessionQuery } from "@/api/session";
import type { Provider } from "@/api/types";
import { bookingsSearch } from "@/features/bookings/search";
import { bulkSearch, operationSearch } from "@/features/bulk/search";
import { calendarSearch, eventsSearch } from "@/features/events/search";
import { syncSearch } from "@/features/sync/search";
import { rememberedClient } from "@/lib/client-scope";
import { providerNames } from "@/ui/status";
import { ErrorPage } from "./ErrorPage";
import { NotFoundPage } from "./NotFoundPage";
import { Root } from "./Root";
import { Shell } from "./Shell";

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
/** A page that loads when it is first needed. The plain return type keeps the route tree's type free of the pages' types. */
const page = <M, K extends keyof M & string>(load: () => Promise<M>, name: K): RouteComponent =>
  lazyRouteComponent(load as () => Promise<Record<string, RouteComponent>>, name);

const root = createRootRouteWithContext<{ queries: QueryClient }>()({
  component: Root,
  notFoundComponent: NotFoundPage,
  errorComponent: ErrorPage,
});

// ── before signing in ───────────────────────────────────────────────────────────────────────────────────────────────
const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  component: page(() => import("@/features/session/SetupPage"), "SetupPage"),
});
const invite = createRoute({
  getParentRoute: () => root,
  path: "/invite",
  component: page(() => import("@/features/session/InvitePage"), "InvitePage"),
});
const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (search: Record<string, unknown>): { return?: string } => ({ return: text(search.return) }),
  beforeLoad: async ({ context }) => {
    if (await context.queries.ensureQueryData(sessionQuery)) throw redirect({ to: "/" });
  },
  component: page(() => import("@/features/session/LoginPage"), "LoginPage"),
});

// ── signed in: inside the shell; `client` is the client everything belongs to ───────────────────────────────────────
let firstVisit = true;
const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  component: Shell,
  validateSearch: (search: Record<string, unknown>): { client?: string } => ({ client: text(search.client) }),
  search: { middlewares: [retainSearchParams(["client"])] },
  beforeLoad: async ({ context, location, search }) => {
    // What waits in this browser is part of every view.
    const [me] = await Promise.all([context.queries.ensureQueryData(sessionQuery), queueRead()]);
    if (!me) {
      const { data } = await api.GET("/api/v1/setup");
      throw data?.required ? redirect({ to: "/setup" }) : redirect({ to: "/login", search: { return: location.href } });
    }
    const client = firstVisit ? rememberedClient() : undefined;
    firstVisit = false;
    if (client && !search.client) {
      throw redirect({ to: location.pathname, search: { ...location.search, client }, replace: true } as never);
    }
  },
});
const at = <P extends string>(path: P) => ({ getParentRoute: () => inside, path });

const dashboard = createRoute({
  ...at("/"),
  component: page(() => import("@/features/dashboard/DashboardPage"), "DashboardPage"),
});
const clients = createRoute({
  ...at("/clients"),
  validateSearch: (search: Record<string, unknown>): { q?: string; state?: "archived" | "all"; new?: boolean } => ({
    q: text(search.q),
    state: search.state === "archived" || search.state === "all" ? search.state : undefined,
    new: search.new === true || undefined,
  }),
  component: page(() => import("@/features/clients/ClientsPage"), "ClientsPage"),
});
const client = createRoute({
  ...at("/clients/$clientId"),
  validateSearch: (search: Record<string, unknown>): { tab?: "credentials" | "calendars" | "settings" } => ({
    tab: (["credentials", "calendars", "settings"] as const).find((tab) => tab === search.tab),
  }),
  component: page(() => import("./ClientRoute"), "ClientRoute"),
});
const calendar = createRoute({
  ...at("/calendar"),
  validateSearch: calendarSearch,
  component: page(() => import("@/features/events/CalendarPage"), "CalendarPage"),
});
const events = createRoute({
  ...at("/events"),
  validateSearch: eventsSearch,
  component: page(() => import("@/features/events/EventsPage"), "EventsPage"),
});
const event = createRoute({
  ...at("/events/$eventId"),
  component: page(() => import("@/features/events/EventPage"), "EventPage"),
});
/** `result`, `code` and `detail` are what the consent page's way back says. */
const consentSearch = (search: Record<string, unknown>): { result?: string; code?: string; detail?: string } => ({
  result: text(search.result),
  code: text(search.code),
  detail: text(search.detail),
});
const credentials = createRoute({
  ...at("/credentials"),
  validateSearch: consentSearch,
  component: page(() => import("@/features/credentials/CredentialsPage"), "CredentialsPage"),
});
const newCredential = createRoute({
  ...at("/credentials/new"),
  validateSearch: (search: Record<string, unknown>): { provider?: Provider } => ({
    provider: (Object.keys(providerNames) as Provider[]).find((one) => one === search.provider),
  }),
  component: page(() => import("@/features/credentials/NewCredentialPage"), "NewCredentialPage"),
});
const credential = createRoute({
  ...at("/credentials/$credentialId"),
  validateSearch: consentSearch,
  component: page(() => import("@/features/credentials/CredentialPage"), "CredentialPage"),
});
const calendars = createRoute({
  ...at("/calendars"),
  component: page(() => import("@/features/calendars/CalendarsPage"), "CalendarsPage"),
});
const calendarDetail = createRoute({
  ...at("/calendars/$calendarId"),
  component: page(() => import("@/features/calendars/CalendarDetailPage"), "CalendarDetailPage"),
});
const bookings = createRoute({
  ...at("/bookings"),
  validateSearch: bookingsSearch,
  component: page(() => import("@/features/bookings/BookingsPage"), "BookingsPage"),
});
const bringBookings = createRoute({
  ...at("/bookings/import"),
  component: page(() => import("@/features/bookings/import/BringPage"), "BringPage"),
});
const bookingImport = createRoute({
  ...at("/bookings/imports/$importId"),
  // Rows of the file that are empty, so that the others keep their numbers: “4,7-9”.
  validateSearch: (search: Record<string, unknown>): { empty?: string } => ({ empty: text(search.empty) }),
  component: page(() => import("@/features/bookings/import/ImportPage"), "ImportPage"),
});
const bulk = createRoute({
  ...at("/bulk"),
  validateSearch: bulkSearch,
  component: page(() => import("@/features/bulk/BulkPage"), "BulkPage"),
});
const bulkImport = createRoute({
  ...at("/bulk/imports/$importId"),
  component: page(() => import("@/features/bulk/ImportPage"), "ImportPage"),
});
const operation = createRoute({
  ...at("/bulk/$operationId"),
  validateSearch: operationSearch,
  component: page(() => import("@/features/bulk/OperationPage"), "OperationPage"),
});
const templates = createRoute({
  ...at("/templates"),
  component: page(() => import("@/features/templates/TemplatesPage"), "TemplatesPage"),
});
const template = createRoute({
  ...at("/templates/$templateId"),
  component: page(() => import("@/features/templates/TemplatePage"), "TemplatePage"),
});
const services = createRoute({
  ...at("/services"),
  validateSearch: (search: Record<string, unknown>): { tab?: "closures" | "policy" } => ({
    tab: (["closures", "policy"] as const).find((tab) => tab === search.tab),
  }),
  component: page(() => import("@/features/catalogue/ServicesPage"), "ServicesPage"),
});
const staff = createRoute({
  ...at("/staff"),
  component: page(() => import("@/features/catalogue/StaffPage"), "StaffPage"),
});
const staffMember = createRoute({
  ...at("/staff/$staffId"),
  component: page(() => import("@/features/catalogue/StaffMemberPage"), "StaffMemberPage"),
});
const customers = createRoute({
  ...at("/customers"),
  component: page(() => import("@/features/catalogue/CustomersPage"), "CustomersPage"),
});
const settings = createRoute({
  ...at("/settings"),
  validateSearch: (search: Record<string, unknown>): { tab?: "appearance" | "people" | "api-keys" } => ({
    tab: (["appearance", "people", "api-keys"] as const).find((tab) => tab === search.tab),
  }),
  component: page(() => import("@/features/settings/SettingsPage"), "SettingsPage"),
});
const sync = createRoute({
  ...at("/sync"),
  validateSearch: syncSearch,
  component: page(() => import("./SyncRoute"), "SyncRoute"),
});
const waiting = createRoute({
  ...at("/waiting"),
  component: page(() => import("@/features/offline/WaitingPage"), "WaitingPage"),
});
const help = createRoute({
  ...at("/help"),
  validateSearch: (search: Record<string, unknown>): { topic?: string; q?: string } => ({
    topic: text(search.topic),
    q: text(search.q),
  }),
  component: page(() => import("@/features/help/HelpPage"), "HelpPage"),
});

/** Unknown addresses keep the shell around the message. */
const elsewhere = createRoute({ ...at("$"), component: NotFoundPage });

export const routeTree = root.addChildren([
  setup,
  invite,
  login,
  inside.addChildren([
    dashboard,
    clients,
    client,
    calendar,
    events,
    event,
    credentials,
    newCredential,
    credential,
    calendars,
    calendarDetail,
    bulk,
    bulkImport,
    operation,
    templates,
    template,
    bookings,
    bringBookings,
    bookingImport,
    services,
    staff,
    staffMember,
    customers,
    settings,
    sync,
    waiting,
    help,
    elsewhere,
  ]),
]);
