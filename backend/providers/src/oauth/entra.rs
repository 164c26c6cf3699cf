//! Microsoft Entra's permissions, and what its numbers mean (Entra docs: reference-error-codes.md).

use serde::Deserialize;

use super::{UserInfo, scopes::Scope};
use crate::error::Error;

/// What we ask for, least first.
pub const SCOPES: [Scope; 3] = [
    Scope {
        scope: "offline_access",
        why: "To go on working while nobody is signed in.",
        required: false,
    },
    Scope {
        scope: "User.Read",
        why: "To show which account is connected and recognise it when it is connected again.",
        required: true,
    },
    Scope {
        scope: "Calendars.ReadWrite",
        why: "To list the calendars, and to read, create, change and delete their events.",
        required: true,
    },
];

/// What is to be done about an error.
enum Then {
    /// A person must consent again.
    Consent,
    /// The app or the consent has to be set right first; our code for it.
    Mend(&'static str),
    /// Nothing but patience.
    Wait,
}

/// Advice by Entra's number.
fn advice(number: u32) -> Option<(Then, &'static str)> {
    Some(match number {
        50_173 | 50_132 | 50_133 | 70_043 => (
            Then::Consent,
            "The password was changed or the account was signed out everywhere; connect the account again.",
        ),
        70_008 | 700_082 | 700_084 => (
            Then::Consent,
            "The consent has not been used for too long; connect the account again.",
        ),
        65_001 => (
            Then::Consent,
            "The consent was withdrawn, or the app asks for more than was consented to; connect the account again. Where \
             the organisation lets only administrators consent, one of them has to approve the app first.",
        ),
        50_072 | 50_074 | 50_076 | 50_078 | 50_079 | 50_158 => (
            Then::Consent,
            "The organisation wants a second proof of identity; connect the account again and give it.",
        ),
        53_000..=53_011 | 530_002 | 530_003 => (
            Then::Consent,
            "The organisation's conditional access does not let this sign-in through. Its administrator can see why in \
             the sign-in log; then connect the account again.",
        ),
        50_057 | 50_034 | 50_053 => (
            Then::Consent,
            "The account is disabled, locked or gone. Its administrator can say why.",
        ),
        54_005 | 9_002_313 | 501_481 | 50_148 => (
            Then::Consent,
            "The answer of the consent page was used already or is damaged; connect the account again.",
        ),
        90_092..=90_095 => (
            Then::Mend("admin_consent_required"),
            "Only an administrator of this organisation may let the app in. Ask one to approve it (Entra admin center: \
             “Enterprise applications → Consent and permissions”, or by connecting an account of theirs and ticking \
             “Consent on behalf of your organization”), then connect again.",
        ),
        65_004 => (Then::Mend("access_denied"), "The person did not consent."),
        50_105 => (
            Then::Mend("not_assigned"),
            "The organisation lets only chosen people use the app. Its administrator can add this one under “Enterprise \
             applications → Users and groups”.",
        ),
        50_020 | 50_194 | 9_002_346 | 500_202 | 500_200 => (
            Then::Mend("wrong_tenant"),
            "The app does not take accounts of this kind or organisation. Under “App registrations → Authentication” the \
             supported account types must include it, and the tenant in our configuration must be one it belongs to (or \
             `common`).",
        ),
        7_000_215 | 7_000_218 | 7_000_222 | 7_000_216 => (
            Then::Mend("invalid_client"),
            "The client secret is wrong or has ended. Make a new one in the Entra admin center under “App registrations → \
             Certificates & secrets” and enter its value here (not its id).",
        ),
        700_016 | 7_000_112 | 700_011 => (
            Then::Mend("unauthorized_client"),
            "Entra does not know the application id, or the app is switched off. Compare it with “App registrations → \
             Overview” in the Entra admin center.",
        ),
        50_011 | 500_113 | 900_971 => (
            Then::Mend("redirect_uri_mismatch"),
            "Entra does not know our redirect address. Add it exactly as shown under “App registrations → Authentication \
             → Web → Redirect URIs”.",
        ),
        90_002 | 900_023 => (
            Then::Mend("wrong_tenant"),
            "There is no such tenant. The tenant in our configuration must be `common`, `organizations`, `consumers`, or a \
             tenant's id or domain.",
        ),
        70_011 | 650_053 | 28_002 => (
            Then::Mend("invalid_scope"),
            "Entra does not know one of the permissions that were asked for.",
        ),
        90_033 | 90_024 | 90_055 | 50_196 => (Then::Wait, "Entra is overloaded."),
        _ => return None,
    })
}

/// Entra's word and number in plain words, with what to do. The number counts where we know it; it is more exact.
pub(super) fn explain(word: &str, said: Option<&str>) -> Error {
    let number = said.and_then(number);
    // Trace ids and times follow on lines of their own.
    let first = said.and_then(|text| text.lines().next()).unwrap_or_default();
    let told = if first.is_empty() {
        String::new()
    } else {
        format!(" (Microsoft: {first})")
    };
    let general = || match word {
        "invalid_grant" | "interaction_required" | "login_required" | "consent_required" => (
            Then::Consent,
            "The consent was withdrawn, has ended or was used already; connect the account again.",
        ),
        "access_denied" => (Then::Mend("access_denied"), "The person did not consent."),
        "temporarily_unavailable" | "server_error" => (Then::Wait, "Entra cannot answer now."),
        _ => (Then::Mend(""), "Microsoft refused the request."),
    };
    let (then, advice) = number.and_then(advice).unwrap_or_else(general);
    let detail = format!("{advice}{told}");
    match then {
        Then::Consent => Error::Reauthorize { detail },
        Then::Mend(code) => Error::Rejected {
            code: if code.is_empty() { word } else { code }.to_owned(),
            detail,
            status: None,
        },
        Then::Wait => Error::TryLater {
            after: None,
            rate_limited: false,
            detail,
        },
    }
}

/// `AADSTS70008: …`
fn number(said: &str) -> Option<u32> {
    let (_, rest) = said.split_once("AADSTS")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// Graph's `me`.
pub(super) fn person(body: &[u8]) -> serde_json::Result<UserInfo> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Me {
        id: String,
        #[serde(default)]
        display_name: Option<String>,
        #[serde(default)]
        mail: Option<String>,
        #[serde(default)]
        user_principal_name: Option<String>,
    }
    let me: Me = serde_json::from_slice(body)?;
    Ok(UserInfo {
        sub: me.id,
        email: me.mail.filter(|mail| !mail.is_empty()).or(me.user_principal_name),
        name: me.display_name,
    })
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn entras_numbers_become_advice() {
        let revoked = "AADSTS50173: The provided grant has expired due to it being revoked.\r\nTrace ID: 1-2-3";
        let Error::Reauthorize { detail } = explain("invalid_grant", Some(revoked)) else {
            panic!("a person is needed")
        };
        assert!(
            detail.contains("password was changed") && !detail.contains("Trace"),
            "{detail}"
        );
        for (word, said, code) in [
            (
                "consent_required",
                "AADSTS90094: Need admin approval",
                "admin_consent_required",
            ),
            (
                "invalid_client",
                "AADSTS7000222: The secret keys are expired.",
                "invalid_client",
            ),
            (
                "invalid_request",
                "AADSTS50011: The redirect URI …",
                "redirect_uri_mismatch",
            ),
            ("access_denied", "AADSTS65004: User declined", "access_denied"),
            ("something_new", "AADSTS1: ?", "something_new"),
        ] {
            let found = explain(word, Some(said));
            assert!(
                matches!(&found, Error::Rejected { code: c, .. } if c == code),
                "{found:?}"
            );
        }
        assert!(matches!(explain("invalid_grant", None), Error::Reauthorize { .. }));
        assert!(matches!(
            explain("temporarily_unavailable", Some("AADSTS90033: A transient error")),
            Error::TryLater { .. }
        ));
    }
}
