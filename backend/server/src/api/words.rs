//! The closed lists of words in requests and answers, as the document publishes them, each tied to its domain type so
//! that a new word cannot be forgotten.

use domain::event as rules;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident = $domain:ty { $($(#[$vdoc:meta])* $variant:ident = $word:tt),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }
        impl From<$domain> for $name {
            fn from(word: $domain) -> Self { match word { $(<$domain>::$variant => Self::$variant),+ } }
        }
        impl From<$name> for $domain {
            fn from(word: $name) -> Self { match word { $($name::$variant => <$domain>::$variant),+ } }
        }
    };
}

words! {
    /// Whose calendar service it is.
    Provider = domain::calendar::Provider {
        /// Google Calendar.
        Google = "google",
        /// Microsoft 365 and Outlook.com.
        Microsoft = "microsoft",
        /// Any CalDAV server.
        Caldav = "caldav",
    }
}
words! {
    /// Who is right when both sides changed the same thing.
    ConflictPolicy = domain::sync::Policy {
        /// What was said here is written over it.
        Ours = "ours",
        /// What was said at the provider stays.
        Theirs = "theirs",
        /// A person decides; until then the provider's word stands.
        Ask = "ask",
    }
}
impl Default for ConflictPolicy {
    fn default() -> Self {
        domain::sync::Policy::default().into()
    }
}
words! {
    /// What the account may do with the calendar.
    AccessRole = domain::calendar::AccessRole {
        /// Everything, including sharing.
        Owner = "owner",
        /// Change events.
        Writer = "writer",
        /// Read events.
        Reader = "reader",
        /// See only when it is busy.
        FreeBusy = "free_busy",
    }
}
words! {
    /// What is known about a credential. Computed from what happened; nobody sets it.
    CredentialStatus = domain::credential::CredentialStatus {
        /// Consent was never given.
        NotAuthorized = "not_authorized",
        /// Works.
        Valid = "valid",
        /// Works, but ends soon and cannot be renewed by itself.
        Expiring = "expiring",
        /// Ended.
        Expired = "expired",
        /// The provider no longer accepts it: connect again.
        NeedsReauthorization = "needs_reauthorization",
        /// Given back to the provider by us.
        Revoked = "revoked",
        /// The last call failed for another reason.
        Error = "error",
    }
}
words! {
    /// An invited person's answer.
    Response = rules::Response {
        /// Not answered.
        NeedsAction = "needs_action",
        /// Comes.
        Accepted = "accepted",
        /// Does not come.
        Declined = "declined",
        /// May come.
        Tentative = "tentative",
    }
}
words! {
    /// Who may see the event.
    Visibility = rules::Visibility {
        /// As the calendar says.
        Default = "default",
        /// Everyone with access to the calendar.
        Public = "public",
        /// Only attendees see details.
        Private = "private",
        /// As private.
        Confidential = "confidential",
    }
}
words! {
    /// Whether the event makes the calendar busy.
    Transparency = rules::Transparency {
        /// Blocks the time.
        Busy = "busy",
        /// Leaves the time free.
        Free = "free",
    }
}
words! {
    /// Whether the event will happen.
    EventStatus = rules::EventStatus {
        /// It will.
        Confirmed = "confirmed",
        /// It may.
        Tentative = "tentative",
        /// It will not.
        Cancelled = "cancelled",
    }
}
words! {
    /// How a reminder reaches people.
    ReminderMethod = rules::ReminderMethod {
        /// On the screen.
        Popup = "popup",
        /// By mail.
        Email = "email",
    }
}
words! {
    /// Whom the provider may mail about a change. Anything but `none` needs the scope `calendars:notify`.
    Notify = rules::Notify {
        /// Nobody.
        None = "none",
        /// Guests outside the organiser's domain.
        External = "external",
        /// All guests.
        All = "all",
    }
}
words! {
    /// Which occurrences of a series a write means.
    Scope = rules::Scope {
        /// Only the one named.
        This = "this",
        /// The one named and all later ones.
        ThisAndFollowing = "this_and_following",
        /// The whole series.
        All = "all",
    }
}
words! {
    /// How we sign in at a CalDAV server.
    SignIn = providers::caldav::SignIn {
        /// With the password itself.
        Basic = "basic",
        /// With a proof that we know it.
        Digest = "digest",
    }
}
words! {
    /// How we learn what changed at a CalDAV server, the cheapest way first.
    TellsChangesBy = providers::caldav::Changes {
        /// It keeps count.
        Token = "token",
        /// It says whether anything changed; what it was, we find by comparing versions.
        Tag = "tag",
        /// We compare versions each time.
        Versions = "versions",
    }
}
words! {
    /// Whether whole days take time.
    AllDay = domain::availability::AllDay {
        /// Also those marked as free.
        Always = "always",
        /// Unless they are marked as free.
        IfBusy = "if_busy",
        /// Birthdays, school holidays, bin days.
        Never = "never",
    }
}
words! {
    /// Who does it.
    Assignment = domain::availability::Assignment {
        /// The first who can, in the order of the list.
        Any = "any",
        /// Of those who can, the one whose turn it is.
        RoundRobin = "round_robin",
        /// Everybody.
        AllTogether = "all_together",
    }
}
impl Default for Assignment {
    fn default() -> Self {
        domain::availability::Assignment::default().into()
    }
}
words! {
    /// What becomes of a start of which nobody knows whether it is free, because a calendar cannot be read.
    OnUnknown = domain::availability::OnUnknown {
        /// It cannot be booked.
        Block = "block",
        /// It can, and the booking is marked.
        AcceptAndFlag = "accept_and_flag",
    }
}
words! {
    /// Whether a booking stands at once.
    Confirmation = domain::catalogue::Confirmation {
        /// Yes.
        Automatic = "automatic",
        /// Somebody says yes first; until then it keeps the time.
        ByHand = "by_hand",
    }
}
words! {
    /// What becomes of a booking when somebody changes its event at the provider.
    OnEdit = domain::catalogue::OnEdit {
        /// The booking follows.
        ProviderWins = "provider_wins",
        /// The event is put back.
        AppWins = "app_wins",
        /// A person decides.
        Ask = "ask",
    }
}
