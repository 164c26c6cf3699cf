//! The permissions we ask for, and why.

/// A permission we ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Google's name for it.
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

/// The required scopes that were not granted. Google spells `email` and `profile` differently in its answers.
pub fn missing_scopes(granted: &[String]) -> Vec<&'static str> {
    let has = |wanted: &str| {
        granted
            .iter()
            .any(|g| g == wanted || g.strip_prefix("https://www.googleapis.com/auth/userinfo.") == Some(wanted))
    };
    SCOPES
        .iter()
        .filter(|s| s.required && !has(s.scope))
        .map(|s| s.scope)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unticked_calendar_box_is_noticed_and_googles_spelling_of_email_is_not() {
        let granted = |all: &[&str]| all.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>();
        let email = "https://www.googleapis.com/auth/userinfo.email";
        assert_eq!(
            missing_scopes(&granted(&["openid", email])),
            ["https://www.googleapis.com/auth/calendar"]
        );
        assert!(missing_scopes(&granted(&["openid", email, "https://www.googleapis.com/auth/calendar"])).is_empty());
    }
}
