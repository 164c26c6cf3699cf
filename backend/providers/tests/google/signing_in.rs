//! OAuth from the consent page to the end of the grant.

use std::collections::HashMap;

use providers::{
    CalendarProvider, Error,
    google::Google,
    oauth::{Issuer, OAuth, Tokens},
};
use secrecy::{ExposeSecret, SecretString};
use simulators::google::{CLIENT_ID, CLIENT_SECRET, Effect, Fault};
use url::Url;

use crate::harness::{ANN, Sim};

const CALLBACK: &str = "http://localhost:8080/api/v1/oauth/callback";

pub fn oauth(sim: &Sim) -> OAuth {
    OAuth::new(
        sim.http.clone(),
        sim.endpoints.clone(),
        CLIENT_ID.into(),
        CLIENT_SECRET.into(),
    )
}

fn callback() -> Url {
    CALLBACK.parse().unwrap()
}

fn scopes() -> Vec<String> {
    Issuer::Google.scopes().iter().map(|s| s.scope.to_owned()).collect()
}

/// Ann consents (to `only`, or to everything); the code and the verifier.
fn consent(sim: &Sim, only: Option<&[&str]>) -> (String, SecretString) {
    let asked = oauth(sim).authorization_url(&callback(), &scopes(), "nonce", Some(ANN));
    let back: Url = sim
        .control
        .consent(asked.url.as_str(), ANN, only)
        .unwrap()
        .parse()
        .unwrap();
    let answer: HashMap<_, _> = back.query_pairs().into_owned().collect();
    assert_eq!(answer["state"], "nonce");
    (answer["code"].clone(), asked.verifier)
}

async fn connect(sim: &Sim) -> Tokens {
    let (code, verifier) = consent(sim, None);
    oauth(sim).exchange(&code, &verifier, &callback()).await.unwrap()
}

fn google(sim: &Sim, tokens: &Tokens) -> Google {
    Google::new(sim.http.clone(), sim.endpoints.clone(), tokens.access.clone())
}

#[tokio::test]
async fn consent_leads_to_tokens_that_work() {
    let sim = Sim::start().await;
    let tokens = connect(&sim).await;
    assert!(tokens.refresh.is_some());
    assert!(tokens.expires_in.as_secs() > 3000);
    assert!(
        Issuer::Google
            .missing_scopes(tokens.scopes_granted.as_deref().unwrap())
            .is_empty()
    );
    let account = google(&sim, &tokens).account().await.unwrap();
    assert_eq!(account.email.as_deref(), Some(ANN));
    let info = oauth(&sim).userinfo(&tokens.access).await.unwrap();
    assert_eq!(info.sub, account.id);
    assert_eq!(google(&sim, &tokens).calendars().await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_refresh_gives_a_new_access_token_and_keeps_the_refresh_token() {
    let sim = Sim::start().await;
    let first = connect(&sim).await;
    sim.control.expire_access_tokens(Some(ANN));
    let old = first.refresh.unwrap();
    let second = oauth(&sim).refresh(&old).await.unwrap();
    assert_ne!(second.access.expose_secret(), first.access.expose_secret());
    assert_eq!(second.refresh.as_ref().unwrap().expose_secret(), old.expose_secret());
    google(&sim, &second).calendars().await.unwrap();
}

#[tokio::test]
async fn a_refresh_survives_a_lost_answer() {
    let sim = Sim::start().await;
    let tokens = connect(&sim).await;
    sim.control.fault(Fault::once("oauth.token", Effect::LoseAnswer));
    oauth(&sim).refresh(&tokens.refresh.unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_revoked_grant_needs_a_person() {
    let sim = Sim::start().await;
    let tokens = connect(&sim).await;
    let refresh = tokens.refresh.clone().unwrap();
    oauth(&sim).revoke(&refresh).await.unwrap();
    let answer = oauth(&sim).refresh(&refresh).await;
    assert!(matches!(answer, Err(Error::Reauthorize { .. })), "{answer:?}");
    let answer = google(&sim, &tokens).calendars().await;
    assert!(matches!(answer, Err(Error::Reauthorize { .. })), "{answer:?}");
    // Giving it back twice is as good as once.
    oauth(&sim).revoke(&refresh).await.unwrap();
}

#[tokio::test]
async fn an_unticked_calendar_is_noticed() {
    let sim = Sim::start().await;
    let (code, verifier) = consent(&sim, Some(&["openid", "email"]));
    let tokens = oauth(&sim).exchange(&code, &verifier, &callback()).await.unwrap();
    let missing = Issuer::Google.missing_scopes(tokens.scopes_granted.as_deref().unwrap());
    assert_eq!(missing, ["https://www.googleapis.com/auth/calendar"]);
}

#[tokio::test]
async fn a_code_works_once_and_only_with_its_verifier() {
    let sim = Sim::start().await;
    let (code, verifier) = consent(&sim, None);
    oauth(&sim).exchange(&code, &verifier, &callback()).await.unwrap();
    let again = oauth(&sim).exchange(&code, &verifier, &callback()).await;
    assert!(matches!(again, Err(Error::Reauthorize { .. })), "{again:?}");
    let (code, _) = consent(&sim, None);
    let stranger = oauth(&sim)
        .authorization_url(&callback(), &scopes(), "x", None)
        .verifier;
    let stolen = oauth(&sim).exchange(&code, &stranger, &callback()).await;
    assert!(matches!(stolen, Err(Error::Reauthorize { .. })), "{stolen:?}");
}

#[tokio::test]
async fn a_wrong_secret_and_a_wrong_address_say_what_to_fix() {
    let sim = Sim::start().await;
    let (code, verifier) = consent(&sim, None);
    let wrong = OAuth::new(
        sim.http.clone(),
        sim.endpoints.clone(),
        CLIENT_ID.into(),
        "not it".into(),
    );
    let Err(Error::Rejected { code: word, detail, .. }) = wrong.exchange(&code, &verifier, &callback()).await else {
        panic!("the secret is wrong")
    };
    assert_eq!(word, "invalid_client");
    assert!(
        detail.contains("Google Cloud console") && !detail.contains("not it"),
        "{detail}"
    );
    let elsewhere = "http://localhost:9/elsewhere".parse().unwrap();
    let Err(Error::Rejected { code: word, detail, .. }) = oauth(&sim).exchange(&code, &verifier, &elsewhere).await
    else {
        panic!("the address is wrong")
    };
    assert_eq!(word, "redirect_uri_mismatch");
    assert!(detail.contains("Authorized redirect URIs"), "{detail}");
}

#[tokio::test]
async fn an_exchange_is_never_repeated() {
    let sim = Sim::start().await;
    let (code, verifier) = consent(&sim, None);
    sim.control.fault(Fault::once("oauth.token", Effect::LoseAnswer));
    let answer = oauth(&sim).exchange(&code, &verifier, &callback()).await;
    assert!(matches!(answer, Err(Error::Unreachable { .. })), "{answer:?}");
    assert_eq!(sim.control.calls("oauth.token").len(), 1);
}

#[tokio::test]
async fn no_secret_is_printed() {
    let sim = Sim::start().await;
    let tokens = connect(&sim).await;
    let printed = format!("{tokens:?}");
    assert!(!printed.contains(tokens.access.expose_secret()), "{printed}");
    assert!(
        !printed.contains(tokens.refresh.as_ref().unwrap().expose_secret()),
        "{printed}"
    );
}
