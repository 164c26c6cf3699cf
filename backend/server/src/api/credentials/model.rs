//! What credentials and providers look like in requests and answers. Secrets go in and never come out.

use jiff::Timestamp;
use providers::caldav::Passport;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::words::{CredentialStatus, Provider, SignIn, TellsChangesBy};

/// A provider, and what one must know to connect it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProviderInfo {
    /// Which.
    pub provider: Provider,
    /// For people.
    #[schema(example = "Google Calendar")]
    pub name: String,
    /// Google: the redirect URI to copy into the OAuth client, exactly.
    #[schema(required, example = "http://127.0.0.1:4000/api/v1/oauth/callback")]
    pub redirect_uri: Option<String>,
    /// What consent asks for.
    pub scopes: Vec<ScopeInfo>,
    /// Whether the installation has an OAuth app of its own, so that none need be entered.
    pub installation_app: bool,
    /// In the sandbox: the accounts one can choose from.
    pub sandbox_accounts: Vec<SandboxAccount>,
    /// Where the provider lets one register an OAuth app.
    #[schema(required)]
    pub console_url: Option<String>,
}

/// A permission.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ScopeInfo {
    /// The provider's name for it.
    #[schema(example = "https://www.googleapis.com/auth/calendar")]
    pub scope: String,
    /// What it is for.
    pub why: String,
    /// Whether nothing works without it.
    pub required: bool,
}

/// An account that exists in the sandbox.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SandboxAccount {
    /// Address.
    #[schema(example = "dana@sandbox.test")]
    pub email: String,
    /// Name.
    pub name: String,
}

/// All providers.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ProviderList {
    /// All of them.
    pub data: Vec<ProviderInfo>,
}

/// What is needed to connect an account. Google: an OAuth app, unless the installation has one; then
/// `POST /credentials/{id}/authorize`. CalDAV: address, user name and password; they are tried at once.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"client_id": "cli_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b", "provider": "caldav", "label": "Practice",
    "server_url": "https://cloud.example.org/remote.php/dav", "username": "ann", "password": "app-password"}))]
pub struct CredentialIn {
    /// For which client.
    #[schema(max_length = 64, example = "cli_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b")]
    pub client_id: String,
    /// At which provider.
    pub provider: Provider,
    /// What people call it.
    #[serde(default)]
    #[schema(max_length = 200, example = "Practice")]
    pub label: Option<String>,
    /// Google: your OAuth client's id.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub oauth_client_id: Option<String>,
    /// Google: its secret.
    #[serde(default)]
    #[schema(write_only, max_length = 500)]
    pub oauth_client_secret: Option<String>,
    /// Google: what to ask for; without it what `GET /providers` lists.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub scopes: Option<Vec<String>>,
    /// CalDAV: the server, the principal or a calendar.
    #[serde(default)]
    #[schema(max_length = 2000, example = "https://cloud.example.org/remote.php/dav")]
    pub server_url: Option<String>,
    /// CalDAV: who signs in.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub username: Option<String>,
    /// CalDAV: password, better an app password.
    #[serde(default)]
    #[schema(write_only, max_length = 1000)]
    pub password: Option<String>,
    /// Whose connection it is: of this staff member; null: the business'. People who reach only their own things see their own.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub staff_id: Option<String>,
}

/// What can be changed about a credential. Secrets that are not sent stay.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"label": "Practice, new password", "password": "app-password"}))]
pub struct CredentialEdit {
    /// What people call it.
    #[serde(default)]
    #[schema(max_length = 200)]
    pub label: Option<String>,
    /// Google: your OAuth client's id; null: the installation's app. Consent is needed again after a change.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub oauth_client_id: Option<String>,
    /// Google: its secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(write_only, max_length = 500)]
    pub oauth_client_secret: Option<String>,
    /// Google: what to ask for at the next consent.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub scopes: Option<Vec<String>>,
    /// CalDAV: the server. It is tried at once, with user name and password.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub server_url: Option<String>,
    /// CalDAV: who signs in.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub username: Option<String>,
    /// CalDAV: password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(write_only, max_length = 1000)]
    pub password: Option<String>,
    /// Whose connection it is: of this staff member; null: the business'. People who reach only their own things see their own.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub staff_id: Option<String>,
}

/// What lets us act on one account at one provider.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Credential {
    /// `crd_…`
    #[schema(example = "crd_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b")]
    pub id: String,
    /// For which client.
    pub client_id: String,
    /// Whose it is: of this staff member; null: the business'.
    #[schema(required)]
    pub staff_id: Option<String>,
    /// At which provider.
    pub provider: Provider,
    /// What people call it.
    #[schema(required)]
    pub label: Option<String>,
    /// Google: the OAuth client's id; null: the installation's.
    #[schema(required)]
    pub oauth_client_id: Option<String>,
    /// Google: whether the installation's OAuth app is used.
    pub uses_installation_app: bool,
    /// Whether a client secret or password is held.
    pub has_secret: bool,
    /// What consent asks for.
    pub scopes_requested: Vec<String>,
    /// What was granted.
    pub scopes_granted: Vec<String>,
    /// CalDAV: as typed.
    #[schema(required)]
    pub server_url: Option<String>,
    /// CalDAV: who signs in.
    #[schema(required)]
    pub username: Option<String>,
    /// The account's address.
    #[schema(required, example = "dana@sandbox.test")]
    pub account_email: Option<String>,
    /// The provider's stable name of the account.
    #[schema(required)]
    pub account_id: Option<String>,
    /// CalDAV: what the server can do, as it says itself. Asked when the account is entered or validated, and every week.
    #[schema(required)]
    pub server: Option<Server>,
    /// What is known. Computed.
    pub status: CredentialStatus,
    /// What happened, and what to do.
    #[schema(required)]
    pub status_detail: Option<String>,
    /// End of the present token. It is renewed before, where the provider lets us.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// When consent was given or the password first worked.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub authorized_at: Option<Timestamp>,
    /// When a call last proved that it works.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub validated_at: Option<Timestamp>,
    /// Counts visible changes; the ETag.
    pub revision: i64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

/// What a CalDAV server can do.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Server {
    /// What it calls itself.
    #[schema(required, example = "nginx")]
    pub software: Option<String>,
    /// How we sign in.
    pub signs_in_by: SignIn,
    /// How we learn what changed: it keeps count, it says that something changed, or we compare every time.
    pub tells_changes_by: TellsChangesBy,
    /// Whether it mails the guests of an event by itself. If not, nobody does.
    pub mails_guests: bool,
    /// Whether calendars can be made there.
    pub makes_calendars: bool,
    /// Whether it moves an event to another calendar in one step; else it is copied and deleted.
    pub moves_events: bool,
    /// The largest event it takes.
    #[schema(required)]
    pub largest_bytes: Option<u64>,
    /// It takes no event before.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub earliest: Option<Timestamp>,
    /// It takes no event after.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    pub latest: Option<Timestamp>,
    /// When it was asked.
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
}

impl From<Passport> for Server {
    fn from(passport: Passport) -> Self {
        Self {
            software: passport.software,
            signs_in_by: passport.signs_in_by.into(),
            tells_changes_by: passport.tells_changes_by.into(),
            mails_guests: passport.schedules,
            makes_calendars: passport.makes_calendars,
            moves_events: passport.moves_events,
            largest_bytes: passport.largest,
            earliest: passport.earliest,
            latest: passport.latest,
            asked_at: passport.asked_at,
        }
    }
}

/// How a consent is to end.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AuthorizeIn {
    /// A path in the SPA; without it the credential's page.
    #[serde(default)]
    #[schema(max_length = 500, pattern = r"^/([^/\\].*)?$", example = "/credentials")]
    pub return_to: Option<String>,
}

/// Where to send the person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Authorization {
    /// The provider's consent page.
    #[schema(example = "https://accounts.google.com/o/oauth2/v2/auth?…")]
    pub authorization_url: String,
    /// Until when they may come back.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// What was tried and what works.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Validation {
    /// Whether all of it works.
    pub ok: bool,
    /// One after the other; what could not be tried is left out.
    pub checks: Vec<Check>,
    /// As it is now.
    pub credential: Credential,
}

/// One thing tried.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Check {
    /// What.
    pub name: CheckName,
    /// Whether it works.
    pub ok: bool,
    /// What was seen, or what to do.
    pub detail: String,
}

/// What can be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckName {
    /// The provider answers.
    Reachable,
    /// It accepts the token or password.
    SignedIn,
    /// The consent includes what is needed.
    Scopes,
    /// The calendars can be listed.
    Calendars,
    /// The CalDAV server tells where the calendars are.
    Discovery,
}

/// Where to try.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestEventIn {
    /// A calendar of the credential.
    #[schema(max_length = 64, example = "cal_0193a1b2c3d47e5f8a9b0c1d2e3f4a5b")]
    pub calendar_id: String,
}

/// A test event came and went.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TestEvent {
    /// It was made at the provider.
    pub created: bool,
    /// It was removed again.
    pub removed: bool,
    /// How long both took.
    pub took_ms: u64,
}
