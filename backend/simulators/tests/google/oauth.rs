//! Consent, codes, tokens.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::StatusCode;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use simulators::google::{CLIENT_ID, CLIENT_SECRET, Client};
use url::Url;

use crate::harness::{CALENDAR, DANA, Google, ROBIN};

const BACK: &str = "http://127.0.0.1:9999/callback";
const VERIFIER: &str = "a-verifier-that-is-long-enough-for-the-rules-of-pkce-0123";

fn ask(google: &Google, more: &[(&str, &str)]) -> Url {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let mut url = Url::parse(&google.url("/o/oauth2/v2/auth")).unwrap();
    let mut pairs = vec![
        ("client_id", CLIENT_ID),
        ("redirect_uri", BACK),
        ("response_type", "code"),
        (
            "scope",
            "openid email https://www.googleapis.com/auth/calendar https://www.googleapis.com/auth/calendar.settings.readonly",
        ),
        ("state", "some state & more"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
        ("access_type", "offline"),
    ];
    pairs.retain(|(name, _)| more.iter().all(|(n, _)| n != name));
    pairs.extend(more.iter().filter(|(_, v)| !v.is_empty()));
    url.query_pairs_mut().extend_pairs(pairs);
    url
}

async fn submit(google: &Google, url: &Url, form: &[(&str, &str)]) -> Url {
    let reply = google.http.post(url.clone()).form(form).send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::FOUND);
    Url::parse(reply.headers()["location"].to_str().unwrap()).unwrap()
}

fn get(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(n, _)| n == name).map(|(_, v)| v.into_owned())
}

async fn token(google: &Google, form: &[(&str, &str)]) -> (u16, Value) {
    let reply = google.http.post(google.url("/token")).form(form).send().await.unwrap();
    (reply.status().as_u16(), reply.json().await.unwrap())
}

async fn exchange(google: &Google, code: &str) -> (u16, Value) {
    token(google, &code_form(code)).await
}

fn code_form(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", BACK),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
        ("code_verifier", VERIFIER),
    ]
}

async fn code(google: &Google, email: &str, more: &[(&str, &str)]) -> String {
    let back = google
        .control()
        .consent(ask(google, more).as_str(), email, None)
        .unwrap();
    get(&Url::parse(&back).unwrap(), "code").unwrap()
}

async fn refresh(google: &Google, token_text: &str) -> (u16, Value) {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token_text),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
    ];
    token(google, &form).await
}

#[tokio::test]
async fn somebody_chooses_an_account_unticks_a_scope_and_the_application_gets_the_rest() {
    let google = Google::start();
    let url = ask(&google, &[]);
    let page = google.http.get(url.clone()).send().await.unwrap();
    assert_eq!(page.status(), StatusCode::OK);
    let html = page.text().await.unwrap();
    for text in [DANA, ROBIN, "Choose an account", "Allow", "Deny", CALENDAR] {
        assert!(html.contains(text), "the page shows {text}");
    }
    assert!(!html.contains("src=") && !html.contains("<script"), "nothing is loaded");

    let back = submit(
        &google,
        &url,
        &[("account", ROBIN), ("scope", CALENDAR), ("decision", "allow")],
    )
    .await;
    assert!(back.as_str().starts_with(BACK));
    assert_eq!(get(&back, "state").as_deref(), Some("some state & more"));
    let (status, tokens) = exchange(&google, &get(&back, "code").unwrap()).await;
    assert_eq!(status, 200, "{tokens}");
    assert_eq!(
        tokens["scope"],
        "https://www.googleapis.com/auth/calendar https://www.googleapis.com/auth/userinfo.email openid"
    );
    assert_eq!(tokens["expires_in"], 3599);
    assert_eq!(tokens["token_type"], "Bearer");

    let payload = tokens["id_token"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    assert_eq!(claims["email"], ROBIN);
    assert_eq!(claims["aud"], CLIENT_ID);
    assert_eq!(claims["iss"], "https://accounts.google.com");

    for path in ["/oauth2/v3/userinfo", "/v1/userinfo"] {
        let info: Value = google
            .http
            .get(google.url(path))
            .bearer_auth(tokens["access_token"].as_str().unwrap())
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        assert_eq!(info["sub"], claims["sub"]);
        assert_eq!(info["email"], ROBIN);
        assert_eq!(info["email_verified"], true);
        assert!(info.get("name").is_none(), "the name needs the profile scope");
    }
}

#[tokio::test]
async fn a_denial_comes_back_with_the_state_and_no_code() {
    let google = Google::start();
    let back = submit(&google, &ask(&google, &[]), &[("account", DANA), ("decision", "deny")]).await;
    assert_eq!(get(&back, "error").as_deref(), Some("access_denied"));
    assert_eq!(get(&back, "state").as_deref(), Some("some state & more"));
    assert_eq!(get(&back, "code"), None);
}

#[tokio::test]
async fn the_hinted_account_is_chosen_beforehand() {
    let google = Google::start();
    let html = google
        .http
        .get(ask(&google, &[("login_hint", ROBIN)]))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(html.contains(&format!("value=\"{ROBIN}\" required checked")));
    assert!(!html.contains(&format!("value=\"{DANA}\" required checked")));
}

#[tokio::test]
async fn strangers_and_wrong_addresses_see_an_error_page_and_are_never_redirected() {
    let google = Google::start();
    for (parameter, value, status, word) in [
        ("client_id", "stranger", 401, "invalid_client"),
        (
            "redirect_uri",
            "https://evil.example/callback",
            400,
            "redirect_uri_mismatch",
        ),
        (
            "redirect_uri",
            "http://localhost.evil.example/",
            400,
            "redirect_uri_mismatch",
        ),
        (
            "scope",
            "https://www.googleapis.com/auth/everything",
            400,
            "invalid_scope",
        ),
        ("response_type", "token", 400, "unsupported_response_type"),
        ("scope", "", 400, "invalid_request"),
    ] {
        let reply = google
            .http
            .get(ask(&google, &[(parameter, value)]))
            .send()
            .await
            .unwrap();
        assert_eq!(reply.status().as_u16(), status);
        assert!(reply.headers().get("location").is_none());
        assert!(reply.text().await.unwrap().contains(word), "{parameter}={value}");
    }
}

#[tokio::test]
async fn a_registered_client_has_only_its_own_addresses() {
    let google = Google::start();
    google.control().register_client(Client {
        id: "other".into(),
        secret: "s".into(),
        name: "Other".into(),
        redirect_uris: vec!["https://app.example/back".into()],
    });
    let good = ask(
        &google,
        &[("client_id", "other"), ("redirect_uri", "https://app.example/back")],
    );
    assert_eq!(google.http.get(good).send().await.unwrap().status(), StatusCode::OK);
    let bad = ask(&google, &[("client_id", "other")]);
    assert_eq!(
        google.http.get(bad).send().await.unwrap().status(),
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn a_code_works_once_and_only_with_its_verifier_address_and_client() {
    let google = Google::start();
    let replaced =
        |form: Vec<(&'static str, String)>, name: &str, value: Option<&str>| -> Vec<(&'static str, String)> {
            form.into_iter()
                .filter_map(|(n, v)| {
                    if n == name {
                        value.map(|v| (n, v.to_string()))
                    } else {
                        Some((n, v))
                    }
                })
                .collect()
        };
    for (name, value, expected) in [
        ("code_verifier", None, (400, "invalid_grant")),
        (
            "code_verifier",
            Some("another-verifier-that-is-also-long-enough-0123456789"),
            (400, "invalid_grant"),
        ),
        (
            "redirect_uri",
            Some("http://127.0.0.1:9999/other"),
            (400, "redirect_uri_mismatch"),
        ),
        ("client_secret", Some("wrong"), (401, "invalid_client")),
        ("client_id", Some("stranger"), (401, "invalid_client")),
        ("code", Some("4/never"), (400, "invalid_grant")),
        ("grant_type", Some("password"), (400, "unsupported_grant_type")),
    ] {
        let code = code(&google, DANA, &[]).await;
        let form: Vec<(&'static str, String)> = vec![
            ("grant_type", "authorization_code".into()),
            ("code", code),
            ("redirect_uri", BACK.into()),
            ("client_id", CLIENT_ID.into()),
            ("client_secret", CLIENT_SECRET.into()),
            ("code_verifier", VERIFIER.into()),
        ];
        let form = replaced(form, name, value);
        let form: Vec<(&str, &str)> = form.iter().map(|(n, v)| (*n, v.as_str())).collect();
        let (status, body) = token(&google, &form).await;
        assert_eq!((status, body["error"].as_str().unwrap()), expected, "{name}");
    }
    let code = code(&google, DANA, &[]).await;
    assert_eq!(exchange(&google, &code).await.0, 200);
    let (status, body) = exchange(&google, &code).await;
    assert_eq!((status, body["error"].as_str().unwrap()), (400, "invalid_grant"));
}

#[tokio::test]
async fn a_code_is_short_lived() {
    let google = Google::start();
    let code = code(&google, DANA, &[]).await;
    google.control().advance(jiff::SignedDuration::from_secs(301));
    let (status, body) = exchange(&google, &code).await;
    assert_eq!((status, body["error"].as_str().unwrap()), (400, "invalid_grant"));
}

#[tokio::test]
async fn the_client_may_prove_itself_with_basic_credentials() {
    let google = Google::start();
    let code = code(&google, DANA, &[]).await;
    let form: Vec<_> = code_form(&code)
        .into_iter()
        .filter(|(n, _)| !n.starts_with("client_"))
        .collect();
    let reply = google
        .http
        .post(google.url("/token"))
        .basic_auth(CLIENT_ID, Some(CLIENT_SECRET))
        .form(&form)
        .send()
        .await
        .unwrap();
    assert_eq!(reply.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_refresh_token_comes_only_offline_and_only_first_or_when_asked_again() {
    let google = Google::start();
    let has = async |more: &[(&str, &str)]| {
        let code = code(&google, DANA, more).await;
        exchange(&google, &code).await.1.get("refresh_token").is_some()
    };
    assert!(!has(&[("access_type", "")]).await, "online");
    google.control().revoke_account(DANA);
    assert!(has(&[]).await, "first consent");
    assert!(!has(&[]).await, "second consent");
    assert!(has(&[("prompt", "consent")]).await, "asked again");
}

#[tokio::test]
async fn an_access_token_ends_and_is_refreshed_until_it_is_revoked() {
    let google = Google::start();
    let code = code(&google, DANA, &[]).await;
    let (_, first) = exchange(&google, &code).await;
    let old = first["refresh_token"].as_str().unwrap();
    let user = |token: &Value| {
        let mut user = google.user(DANA);
        user.token = token["access_token"].as_str().unwrap().into();
        user
    };
    user(&first).get("/users/me/calendarList").await.good();
    google.control().advance(jiff::SignedDuration::from_secs(3600));
    let late = user(&first).get("/users/me/calendarList").await;
    assert!(
        late.headers["www-authenticate"]
            .to_str()
            .unwrap()
            .contains("invalid_token")
    );
    assert_eq!(late.refused(), (401, "authError".into()));

    let (status, second) = refresh(&google, old).await;
    assert_eq!(status, 200);
    assert!(second.get("refresh_token").is_none(), "the old one stays");
    user(&second).get("/users/me/calendarList").await.good();

    let revoked = google
        .http
        .post(google.url("/revoke"))
        .form(&[("token", second["access_token"].as_str().unwrap())])
        .send()
        .await
        .unwrap();
    assert_eq!(revoked.status(), StatusCode::OK);
    assert_eq!(user(&second).get("/users/me/calendarList").await.refused().0, 401);
    let (status, body) = refresh(&google, old).await;
    assert_eq!((status, body["error"].as_str().unwrap()), (400, "invalid_grant"));
    let again = google
        .http
        .post(google.url("/revoke"))
        .form(&[("token", old)])
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn refresh_tokens_of_a_testing_application_end_by_themselves() {
    let google = Google::start();
    google.control().limits(|l| l.refresh_token_seconds = Some(604_800));
    let code = code(&google, DANA, &[]).await;
    let (_, tokens) = exchange(&google, &code).await;
    assert_eq!(tokens["refresh_token_expires_in"], 604_800);
    google.control().advance(jiff::SignedDuration::from_secs(604_801));
    let (status, body) = refresh(&google, tokens["refresh_token"].as_str().unwrap()).await;
    assert_eq!((status, body["error"].as_str().unwrap()), (400, "invalid_grant"));
}

#[tokio::test]
async fn a_silent_request_succeeds_only_after_consent() {
    let google = Google::start();
    let silent = ask(&google, &[("prompt", "none"), ("login_hint", DANA)]);
    let go = async || {
        let reply = google.http.get(silent.clone()).send().await.unwrap();
        Url::parse(reply.headers()["location"].to_str().unwrap()).unwrap()
    };
    assert_eq!(get(&go().await, "error").as_deref(), Some("interaction_required"));
    code(&google, DANA, &[]).await;
    assert!(get(&go().await, "code").is_some());
}

#[tokio::test]
async fn no_secret_reaches_the_journal() {
    let google = Google::start();
    let code = code(&google, DANA, &[]).await;
    let (_, tokens) = exchange(&google, &code).await;
    refresh(&google, tokens["refresh_token"].as_str().unwrap()).await;
    let journal = serde_json::to_string(&google.control().journal()).unwrap();
    for secret in [
        code.as_str(),
        VERIFIER,
        CLIENT_SECRET,
        tokens["access_token"].as_str().unwrap(),
        tokens["refresh_token"].as_str().unwrap(),
    ] {
        assert!(!journal.contains(secret));
    }
    assert_eq!(google.control().calls("oauth.token").len(), 2);
}
