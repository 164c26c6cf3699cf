//! Who acts and what they may do. A role is a set of scopes; what a member may do with which client is
//! their reach.

use std::sync::Arc;

use db::reach::Level;
use domain::id::TenantId;
use jiff::Timestamp;

/// What a caller may do. One marker type per scope, for [`Caller`].
pub mod scope {
    /// A scope in a handler's signature.
    pub trait Scope: 'static {
        /// Its name; `None`: any signed-in caller.
        const NAME: Option<&'static str>;
    }

    macro_rules! scopes {
        ($($(#[$doc:meta])* $name:ident = $text:literal,)+) => {
            $($(#[$doc])* #[derive(Debug)] pub struct $name; impl Scope for $name { const NAME: Option<&'static str> = Some($text); })+
            /// Every scope.
            pub const ALL: &[&str] = &[$($text),+];
        };
    }

    scopes! {
        /// Read clients.
        ClientsRead = "clients:read",
        /// Change clients.
        ClientsWrite = "clients:write",
        /// Read credentials (never their secrets).
        CredentialsRead = "credentials:read",
        /// Connect and disconnect accounts.
        CredentialsWrite = "credentials:write",
        /// Read calendars.
        CalendarsRead = "calendars:read",
        /// Choose and create calendars, sync them.
        CalendarsWrite = "calendars:write",
        /// Read events.
        EventsRead = "events:read",
        /// Write events.
        EventsWrite = "events:write",
        /// Let the provider mail people about events.
        CalendarsNotify = "calendars:notify",
        /// Read services, staff, hours, closures, customers, bookings and what is free.
        BookingsRead = "bookings:read",
        /// Change them, and book.
        BookingsWrite = "bookings:write",
        /// Make and revoke API keys.
        ApiKeysWrite = "api_keys:write",
        /// Invite people, and say what they may do.
        UsersWrite = "users:write",
    }

    /// Any signed-in caller.
    #[derive(Debug)]
    pub struct Any;
    impl Scope for Any {
        const NAME: Option<&'static str> = None;
    }
}

/// What of a tenant somebody sees.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Everything.
    All,
    /// What a person was granted, client by client.
    Granted {
        /// `usr_…`
        person: Arc<str>,
        /// Only what they have at least this level for.
        least: Level,
    },
}

impl Reach {
    /// What a person of this role sees.
    pub fn of_role(role: &str, person: &str) -> Self {
        match role {
            "owner" | "admin" => Self::All,
            _ => Self::Granted {
                person: Arc::from(person),
                least: Level::Read,
            },
        }
    }

    /// Whose, unless they see everything.
    pub fn person(&self) -> Option<&str> {
        match self {
            Self::All => None,
            Self::Granted { person, .. } => Some(person),
        }
    }
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Actor {
    /// A person, by id.
    User(String),
    /// An API key, by id.
    Key(String),
}

/// Somebody who proved who they are.
#[derive(Debug, Clone)]
pub struct Identity {
    /// Whose data they may see.
    pub tenant: TenantId,
    /// Who.
    pub actor: Actor,
    /// The browser session, for people.
    pub session_id: Option<String>,
    /// What they may do.
    pub scopes: Arc<[String]>,
    /// Where.
    pub reach: Reach,
    /// When the proof ends by itself.
    pub ends_at: Option<Timestamp>,
}

impl Identity {
    /// Whether they hold this scope.
    pub fn may(&self, scope: &str) -> bool {
        self.scopes.iter().any(|one| one == scope)
    }
}

/// What a person of this role may do. An unknown role may do nothing.
pub fn of_role(role: &str) -> Arc<[String]> {
    let held = |scope: &&&str| match role {
        "owner" | "admin" => true,
        "member" => !["api_keys:write", "users:write"].contains(*scope),
        _ => false,
    };
    scope::ALL
        .iter()
        .filter(held)
        .map(|scope| (*scope).to_owned())
        .collect()
}
