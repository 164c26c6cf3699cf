//! What Google's OAuth error words mean, and what to do about them.

use crate::error::Error;

/// Google's word in plain words, with what to do.
pub(super) fn explain(word: &str, said: Option<&str>) -> Error {
    let said = said.map(|s| format!(" (Google: {s})")).unwrap_or_default();
    let advice = match word {
        "invalid_grant" => {
            return Error::Reauthorize {
                detail: format!(
                    "The consent was withdrawn, has ended or was used already; connect the account again. An app whose \
                     consent screen is in “Testing” loses its consents after seven days.{said}"
                ),
            };
        }
        "invalid_client" | "deleted_client" | "disabled_client" => {
            "The OAuth client id or secret is wrong. Compare both with the Google Cloud console under “APIs & Services → \
             Credentials”; a secret that was reset there must be entered again here."
        }
        "redirect_uri_mismatch" => {
            "Google does not know our redirect address. Add it exactly as shown to the OAuth client's “Authorized \
             redirect URIs” in the Google Cloud console."
        }
        "unauthorized_client" => {
            "The OAuth client may not do this. It must be of the type “Web application” and belong to the same project \
             as the consent."
        }
        "invalid_scope" => "Google does not know one of the permissions that were asked for.",
        "org_internal" => {
            "The consent screen is “Internal”: only accounts of the app's own organisation can connect. Set it to \
             “External” or use such an account."
        }
        "admin_policy_enforced" => "The account's administrator does not allow this app.",
        "access_denied" => "The person did not consent.",
        _ => "Google refused the request.",
    };
    Error::Rejected {
        code: word.to_owned(),
        detail: format!("{advice}{said}"),
        status: None,
    }
}

#[cfg(test)]
#[allow(clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn googles_words_become_advice() {
        assert!(matches!(explain("invalid_grant", None), Error::Reauthorize { .. }));
        let Error::Rejected { code, detail, .. } = explain("redirect_uri_mismatch", Some("Bad Request")) else {
            panic!("expected a refusal");
        };
        assert_eq!(code, "redirect_uri_mismatch");
        assert!(detail.contains("Authorized redirect URIs") && detail.contains("Bad Request"));
    }
}
