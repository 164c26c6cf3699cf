// Short names for the generated types. Nothing is described here twice: each name points into `schema.d.ts`.
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Problem = Schemas["Problem"];
export type FieldError = Schemas["FieldError"];
export type ErrorCode = Schemas["ProblemCode"];
export type Setup = Schemas["SetupState"];
export type SetupIn = Schemas["SetupIn"];
export type LoginIn = Schemas["LoginIn"];
export type Me = Schemas["Me"];
export type ApiKey = Schemas["ApiKey"];
export type ApiKeyIn = Schemas["ApiKeyIn"];
export type ApiKeyCreated = Schemas["NewApiKey"];
export type Client = Schemas["Client"];
export type ClientIn = Schemas["ClientIn"];
export type Provider = Schemas["Provider"];
export type ProviderInfo = Schemas["ProviderInfo"];
export type Credential = Schemas["Credential"];
export type CredentialIn = Schemas["CredentialIn"];
export type CredentialStatus = Schemas["CredentialStatus"];
export type Validation = Schemas["Validation"];
export type Calendar = Schemas["Calendar"];
export type CalendarIn = Schemas["CalendarIn"];
export type CalendarState = Schemas["CalendarState"];
export type CalendarHealth = Schemas["CalendarHealth"];
export type EventTime = Schemas["EventTime"];
export type EventTimeIn = Schemas["EventTimeIn"];
export type Event = Schemas["Event"];
export type EventIn = Schemas["EventIn"];
export type EventPage = Schemas["EventPage"];
export type Attendee = Schemas["Attendee"];
export type SyncState = Schemas["SyncState"];
export type Quota = Schemas["Quota"];
export type Preview = Schemas["Preview"];
export type Dashboard = Schemas["Dashboard"];
