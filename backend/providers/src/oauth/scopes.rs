//! The permissions we ask Google for, and why.

/// A permission we ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// The provider's name for it.
    pub scope: &'static str,
    /// What we do with it, for people.
    pub why: &'static str,
    /// Whether nothing works without it.
    pub required: bool,
}

/// What we ask for, least first.
pub const SCOPES: [Scope; 3] = [
    Scope {
        scope: "openid",
        why: "To recognise the account when it is connected again.",
        required: true,
    },
    Scope {
        scope: "email",
        why: "To show which account is connected.",
        required: true,
    },
    Scope {
        scope: "https://www.googleapis.com/auth/calendar",
        why: "To list the calendars, and to read, create, change and delete their events.",
        required: true,
    },
];
