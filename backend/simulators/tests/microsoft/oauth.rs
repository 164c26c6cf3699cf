//! Entra: consent, codes, tokens, tenants.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use simulators::microsoft::{CLIENT_ID, CLIENT_SECRET, Effect, Fault};
use url::Url;

use crate::harness::{LEO, MIRA, Microsoft, NOAH};

const BACK: &str = "http://127.0.0.1:9/back";
const VERIFIER: &str = "a-verifier-of-at-least-forty-three-characters-0123456789";
const SCOPE: &str = "openid profile email offline_access User.Read https://graph.microsoft.com/Calendars.ReadWrite";

fn address(microsoft: &Microsoft, tenant: &str, scope: &str, more: &str) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER.as_bytes()));
    let mut url = Url::parse(&microsoft.url(&format!("/{tenant}/oauth2/v2.0/authorize"))).unwrap();
    url.query_pairs_mut()
        .append_pair("client_id", CLIENT_ID)
        .append_pair("response_type", "code")
        .append_pair("redirect_uri", BACK)
        .append_pair("scope", scope)
        .append_pair("state", "st&te")
        .append_pair("nonce", "n1")
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256");
    format!("{url}{more}")
}

fn part(url: &str, name: &str) -> Option<String> {
    Url::parse(url)
        .unwrap()
        .query_pairs()
        .find(|(n, _)| n == name)
        .map(|(_, v)| v.into_owned())
}

async fn token(microsoft: &Microsoft, tenant: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let mut all = vec![("client_id", CLIENT_ID), ("client_secret", CLIENT_SECRET)];
    all.retain(|(name, _)| !form.iter().any(|(n, _)| n == name));
    all.extend(form);
    let url = microsoft.url(&format!("/{tenant}/oauth2/v2.0/token"));
    let reply = microsoft.http.post(url).form(&all).send().await.unwrap();
    (reply.status().as_u16(), reply.json().await.unwrap())
}

async fn by_code(microsoft: &Microsoft, code: &str) -> (u16, Value) {
    token(
        microsoft,
        "common",
        &[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
        ],
    )
    .await
}

async fn by_refresh(microsoft: &Microsoft, text: &str) -> (u16, Value) {
    token(
        microsoft,
        "common",
        &[("grant_type", "refresh_token"), ("refresh_token", text)],
    )
    .await
}

/// The number of a refusal in Entra's shape.
#[track_caller]
fn number((status, body): (u16, Value)) -> (u16, u64) {
    let number = body["error_codes"][0].as_u64().unwrap();
    let text = body["error_description"].as_str().unwrap();
    assert!(
        text.starts_with(&format!("AADSTS{number}: "))
            && text.contains("\r\nTrace ID: ")
            && text.contains("\r\nCorrelation ID: ")
    );
    for key in ["error", "timestamp", "trace_id", "correlation_id", "error_uri"] {
        assert!(body[key].is_string(), "{key}: {body}");
    }
    (status, number)
}

#[tokio::test]
async fn consent_leads_to_tokens_that_work_and_say_who_it_was() {
    let microsoft = Microsoft::start();
    let back = microsoft
        .control()
        .consent(&address(&microsoft, "common", SCOPE, ""), MIRA)
        .unwrap();
    assert_eq!(part(&back, "state").unwrap(), "st&te");
    let (status, tokens) = by_code(&microsoft, &part(&back, "code").unwrap()).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(tokens["token_type"], "Bearer");
    assert!(tokens["expires_in"].as_i64().unwrap() > 3000 && tokens["refresh_token"].is_string());
    let scopes: Vec<&str> = tokens["scope"].as_str().unwrap().split(' ').collect();
    assert!(scopes.contains(&"Calendars.ReadWrite") && !scopes.contains(&"offline_access"));
    let claims = tokens["id_token"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    assert_eq!(
        (
            claims["preferred_username"].as_str().unwrap(),
            claims["nonce"].as_str().unwrap()
        ),
        (MIRA, "n1")
    );
    let mut mira = microsoft.user(MIRA);
    mira.token = tokens["access_token"].as_str().unwrap().into();
    let me = mira.get("/me").await.good();
    assert_eq!(
        (
            me["userPrincipalName"].as_str().unwrap(),
            me["displayName"].as_str().unwrap()
        ),
        (MIRA, "Mira Moe")
    );
    assert_eq!(me["id"], claims["oid"]);
}

#[tokio::test]
async fn a_refresh_token_is_replaced_on_every_use_and_the_old_one_still_works() {
    let microsoft = Microsoft::start();
    let first = microsoft
        .control()
        .issue_tokens(MIRA, &["User.Read", "offline_access"])
        .unwrap()
        .refresh_token;
    let (_, second) = by_refresh(&microsoft, &first).await;
    assert!(second["refresh_token"].is_string() && second["refresh_token"] != first.as_str());
    assert_eq!(
        by_refresh(&microsoft, &first).await.0,
        200,
        "Entra does not revoke the old one"
    );
    microsoft.control().limits(|l| l.refuse_spent_refresh_tokens = true);
    assert_eq!(number(by_refresh(&microsoft, &first).await), (400, 70_000));
    assert_eq!(
        by_refresh(&microsoft, second["refresh_token"].as_str().unwrap())
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn refusals_of_the_token_endpoint_have_numbers() {
    let microsoft = Microsoft::start();
    let fresh = || {
        let back = microsoft
            .control()
            .consent(&address(&microsoft, "common", SCOPE, ""), MIRA)
            .unwrap();
        part(&back, "code").unwrap()
    };
    let grant = ("grant_type", "authorization_code");
    let code = fresh();
    let with = |more: &[(&'static str, &'static str)]| {
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("redirect_uri", BACK),
            ("code_verifier", VERIFIER),
        ];
        form.retain(|(n, _)| !more.iter().any(|(m, _)| m == n));
        form.extend(more);
        form
    };
    let mut form = with(&[("client_secret", "wrong")]);
    form.push(("code", &code));
    assert_eq!(number(token(&microsoft, "common", &form).await), (401, 7_000_215));
    let mut form = with(&[("client_id", "11111111-2222-4333-a444-555555555555")]);
    form.push(("code", &code));
    assert_eq!(number(token(&microsoft, "common", &form).await), (400, 700_016));
    let mut form = with(&[("redirect_uri", "http://127.0.0.1:9/other")]);
    form.push(("code", &code));
    assert_eq!(number(token(&microsoft, "common", &form).await), (400, 50_011));
    let mut form = with(&[("code_verifier", "wrong-verifier-wrong-verifier-wrong-verifier")]);
    form.push(("code", &code));
    assert_eq!(number(token(&microsoft, "common", &form).await), (400, 501_481));
    assert_eq!(number(token(&microsoft, "common", &[grant]).await), (400, 900_144));
    assert_eq!(
        number(token(&microsoft, "nowhere.example", &[grant]).await),
        (400, 90_002)
    );
    assert_eq!(
        number(token(&microsoft, "common", &[("grant_type", "password")]).await),
        (400, 70_003)
    );
    assert_eq!(by_code(&microsoft, &code).await.0, 200, "a refused try costs nothing");
    assert_eq!(number(by_code(&microsoft, &code).await), (400, 54_005));
    let old = fresh();
    microsoft.control().advance(SignedDuration::from_secs(601));
    assert_eq!(number(by_code(&microsoft, &old).await), (400, 70_008));
    assert_eq!(number(by_refresh(&microsoft, "nonsense").await), (400, 9_002_313));
}

#[tokio::test]
async fn grants_end_by_time_by_revocation_and_by_consent_taken_back() {
    let microsoft = Microsoft::start();
    let control = microsoft.control();
    let tokens = control.issue_tokens(MIRA, &["User.Read", "offline_access"]).unwrap();
    let mut mira = microsoft.user(MIRA);
    mira.token = tokens.access_token.clone();
    mira.post("/me/revokeSignInSessions", serde_json::json!({}))
        .await
        .good();
    let refused = by_refresh(&microsoft, &tokens.refresh_token).await;
    assert_eq!(refused.1["error"], "invalid_grant");
    assert_eq!(number(refused), (400, 50_173));
    mira.get("/me").await.good();
    control.revoke_sessions(MIRA, true);
    assert_eq!(
        mira.get("/me").await.refused(),
        (401, "InvalidAuthenticationToken".into())
    );

    let tokens = control.issue_tokens(NOAH, &["User.Read", "offline_access"]).unwrap();
    control.forget_consent(NOAH);
    let refused = by_refresh(&microsoft, &tokens.refresh_token).await;
    assert_eq!(refused.1["suberror"], "consent_required");
    assert_eq!(number(refused), (400, 65_001));

    let tokens = control.issue_tokens(LEO, &["User.Read", "offline_access"]).unwrap();
    control.advance(SignedDuration::from_hours(24 * 91));
    assert_eq!(
        number(by_refresh(&microsoft, &tokens.refresh_token).await),
        (400, 700_082)
    );
    let mut leo = microsoft.user(LEO);
    leo.token = tokens.access_token;
    assert_eq!(
        leo.get("/me").await.refused(),
        (401, "InvalidAuthenticationToken".into())
    );
}

#[tokio::test]
async fn tenants_admit_their_own_people_only() {
    let microsoft = Microsoft::start();
    let may = |tenant: &str, who: &str| {
        microsoft
            .control()
            .consent(&address(&microsoft, tenant, SCOPE, ""), who)
            .is_ok()
    };
    for (tenant, work, personal) in [
        ("common", true, true),
        ("organizations", true, false),
        ("consumers", false, true),
        ("contoso.example", true, false),
        ("nowhere.example", false, false),
    ] {
        assert_eq!((may(tenant, MIRA), may(tenant, LEO)), (work, personal), "{tenant}");
    }
    let known = microsoft
        .http
        .get(microsoft.url("/contoso.example/v2.0/.well-known/openid-configuration"))
        .send()
        .await
        .unwrap();
    let known: Value = known.json().await.unwrap();
    assert_eq!(
        known["token_endpoint"],
        microsoft.url("/contoso.example/oauth2/v2.0/token")
    );
    let unknown = microsoft
        .http
        .get(microsoft.url("/nowhere.example/v2.0/.well-known/openid-configuration"))
        .send()
        .await
        .unwrap();
    assert_eq!(unknown.status(), 400);
}

#[tokio::test]
async fn where_only_administrators_consent_people_wait_for_one() {
    let microsoft = Microsoft::start();
    microsoft
        .control()
        .require_admin_consent("contoso.example", true)
        .unwrap();
    let url = address(&microsoft, "organizations", SCOPE, "");
    let page = microsoft
        .http
        .post(&url)
        .form(&[("account", NOAH), ("decision", "accept")])
        .send()
        .await
        .unwrap();
    assert!(page.text().await.unwrap().contains("Need admin approval"));
    assert!(
        microsoft
            .control()
            .consent(&url, NOAH)
            .unwrap_err()
            .0
            .contains("AADSTS90094")
    );
    microsoft.control().consent(&url, MIRA).unwrap();
    microsoft.control().consent(&url, NOAH).unwrap();
}

#[tokio::test]
async fn the_page_shows_accounts_and_permissions_and_leads_back() {
    let microsoft = Microsoft::start();
    let url = address(&microsoft, "common", SCOPE, &format!("&login_hint={NOAH}"));
    let page = microsoft.http.get(&url).send().await.unwrap();
    assert!(
        page.headers()["content-security-policy"]
            .to_str()
            .unwrap()
            .starts_with("default-src 'none'")
    );
    let text = page.text().await.unwrap();
    assert!(
        text.contains(&format!("value=\"{NOAH}\" required checked"))
            && text.contains("Have full access to your calendars")
    );
    let accepted = microsoft
        .http
        .post(&url)
        .form(&[("account", NOAH), ("decision", "accept")])
        .send()
        .await
        .unwrap();
    let to = accepted.headers()["location"].to_str().unwrap().to_string();
    assert!(to.starts_with(BACK) && part(&to, "code").is_some());
    let cancelled = microsoft
        .http
        .post(&url)
        .form(&[("decision", "cancel")])
        .send()
        .await
        .unwrap();
    let to = cancelled.headers()["location"].to_str().unwrap().to_string();
    assert_eq!(part(&to, "error").unwrap(), "access_denied");
    assert!(part(&to, "error_description").unwrap().starts_with("AADSTS65004"));
    for (more, number) in [("&response_mode=form_post", "AADSTS90014"), ("x", "AADSTS501491")] {
        let page = microsoft
            .http
            .get(format!("{url}{more}").replace(
                "_method=S256&",
                if more == "x" { "_method=md5&" } else { "_method=S256&" },
            ))
            .send()
            .await
            .unwrap();
        assert!(
            page.status() == 400 && page.text().await.unwrap().contains(number),
            "{number}"
        );
    }
    let silent = microsoft
        .http
        .get(address(
            &microsoft,
            "common",
            SCOPE,
            &format!("&prompt=none&login_hint={LEO}"),
        ))
        .send()
        .await
        .unwrap();
    assert_eq!(
        part(silent.headers()["location"].to_str().unwrap(), "error").unwrap(),
        "consent_required"
    );
}

#[tokio::test]
async fn without_offline_access_there_is_no_refresh_token_and_without_a_scope_no_answer() {
    let microsoft = Microsoft::start();
    let back = microsoft
        .control()
        .consent(&address(&microsoft, "common", "User.Read", ""), MIRA)
        .unwrap();
    let (_, tokens) = by_code(&microsoft, &part(&back, "code").unwrap()).await;
    assert!(tokens.get("refresh_token").is_none() && tokens.get("id_token").is_none());
    let mut mira = microsoft.user(MIRA);
    mira.token = tokens["access_token"].as_str().unwrap().into();
    assert_eq!(
        mira.get("/me/events").await.refused(),
        (403, "ErrorAccessDenied".into())
    );
    let reader = microsoft.scoped(MIRA, &["Calendars.Read"]);
    reader.get("/me/events").await.good();
    assert_eq!(
        reader
            .post("/me/events", crate::harness::hour("No", "2027-03-01T10:00"))
            .await
            .refused()
            .0,
        403
    );
    assert_eq!(
        reader.get("/me").await.refused(),
        (403, "Authorization_RequestDenied".into())
    );
    assert_eq!(mira.get(&format!("/users/{NOAH}/events")).await.refused().0, 403);
}

#[tokio::test]
async fn the_token_endpoint_fails_on_order() {
    let microsoft = Microsoft::start();
    microsoft.control().fault(Fault::once(
        "oauth.token",
        Effect::Status {
            status: 503,
            retry_after: None,
        },
    ));
    let tokens = microsoft.control().issue_tokens(MIRA, &["offline_access"]).unwrap();
    assert_eq!(
        number(by_refresh(&microsoft, &tokens.refresh_token).await),
        (503, 90_033)
    );
    assert_eq!(by_refresh(&microsoft, &tokens.refresh_token).await.0, 200);
}
