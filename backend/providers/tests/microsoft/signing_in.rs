//! Entra from the consent page to the end of the grant.

use std::collections::HashMap;

use providers::{
    CalendarProvider as _, Error,
    microsoft::Microsoft,
    oauth::{Endpoints, Issuer, OAuth, Tokens},
};
use secrecy::{ExposeSecret, SecretString};
use simulators::microsoft::{CLIENT_ID, CLIENT_SECRET, Effect, Fault};
use url::Url;

use crate::harness::{ANN, Sim, http};

const CALLBACK: &str = "http://localhost:8080/api/v1/oauth/callback";

fn endpoints(sim: &Sim, tenant: &str) -> Endpoints {
    Endpoints::entra(&sim.base_url, tenant, &format!("{}/v1.0", sim.base_url)).unwrap()
}

fn oauth(sim: &Sim) -> OAuth {
    OAuth::new(http(), endpoints(sim, "common"), CLIENT_ID.into(), CLIENT_SECRET.into())
}

fn callback() -> Url {
    CALLBACK.parse().unwrap()
}

/// Where the browser is sent back to, and the verifier.
fn consent(sim: &Sim) -> (Result<HashMap<String, String>, String>, SecretString) {
    let scopes: Vec<_> = Issuer::Microsoft.scopes().iter().map(|s| s.scope.to_owned()).collect();
    let asked = oauth(sim).authorization_url(&callback(), &scopes, "nonce", Some(ANN));
    let back = sim.control.consent(asked.url.as_str(), ANN);
    let back = back.map(|url| url.parse::<Url>().unwrap().query_pairs().into_owned().collect());
    (back.map_err(|e| e.to_string()), asked.verifier)
}

async fn connect(sim: &Sim) -> Tokens {
    let (back, verifier) = consent(sim);
    let back = back.unwrap();
    assert_eq!(back["state"], "nonce");
    oauth(sim)
        .exchange(&back["code"], &verifier, &callback())
        .await
        .unwrap()
}

fn microsoft(sim: &Sim, tokens: &Tokens) -> Microsoft {
    let base = format!("{}/v1.0", sim.base_url).parse().unwrap();
    Microsoft::new(http(), base, tokens.access.clone(), sim.control.now())
}

fn needs_a_person<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    match outcome {
        Err(Error::Reauthorize { detail }) => detail,
        other => panic!("a person is needed: {other:?}"),
    }
}

#[tokio::test]
async fn consent_leads_to_tokens_that_work() {
    let sim = Sim::start();
    let tokens = connect(&sim).await;
    assert!(tokens.refresh.is_some());
    let granted = tokens.scopes_granted.as_deref().unwrap();
    assert!(Issuer::Microsoft.missing_scopes(granted).is_empty(), "{granted:?}");
    assert!(granted.iter().any(|scope| scope == "offline_access"), "{granted:?}");
    let account = microsoft(&sim, &tokens).account().await.unwrap();
    let info = oauth(&sim).userinfo(&tokens.access).await.unwrap();
    assert_eq!((info.sub, info.email.as_deref()), (account.id, Some(ANN)));
    assert_eq!(microsoft(&sim, &tokens).calendars().await.unwrap().len(), 3);
    // There is no place to give tokens back to; that is no failure.
    oauth(&sim).revoke(&tokens.access).await.unwrap();
}

#[tokio::test]
async fn a_refresh_replaces_both_tokens_and_survives_a_lost_answer() {
    let sim = Sim::start();
    let first = connect(&sim).await;
    let old = first.refresh.unwrap();
    sim.control.fault(Fault::once("oauth.token", Effect::LoseAnswer));
    let second = oauth(&sim).refresh(&old).await.unwrap();
    let new = second.refresh.as_ref().unwrap();
    assert_ne!(new.expose_secret(), old.expose_secret(), "it rotates");
    sim.control.expire_access_tokens(None);
    let third = oauth(&sim).refresh(new).await.unwrap();
    microsoft(&sim, &third).calendars().await.unwrap();
}

#[tokio::test]
async fn the_end_of_a_grant_is_told_in_plain_words() {
    let sim = Sim::start();
    let tokens = connect(&sim).await;
    let refresh = tokens.refresh.clone().unwrap();
    sim.control.forget_consent(ANN);
    let said = needs_a_person(oauth(&sim).refresh(&refresh).await);
    assert!(
        said.contains("consent was withdrawn") && said.contains("AADSTS65001"),
        "{said}"
    );
    let tokens = connect(&sim).await;
    sim.control.revoke_sessions(ANN, true);
    let said = needs_a_person(oauth(&sim).refresh(&tokens.refresh.clone().unwrap()).await);
    assert!(said.contains("password") && !said.contains("Trace"), "{said}");
    needs_a_person(microsoft(&sim, &tokens).calendars().await);
}

#[tokio::test]
async fn a_code_works_once_and_only_with_its_verifier() {
    let sim = Sim::start();
    let (back, verifier) = consent(&sim);
    let code = back.unwrap()["code"].clone();
    oauth(&sim).exchange(&code, &verifier, &callback()).await.unwrap();
    needs_a_person(oauth(&sim).exchange(&code, &verifier, &callback()).await);
    let (back, _) = consent(&sim);
    let (_, stranger) = consent(&sim);
    needs_a_person(
        oauth(&sim)
            .exchange(&back.unwrap()["code"], &stranger, &callback())
            .await,
    );
}

#[tokio::test]
async fn what_is_set_up_wrongly_is_told_with_where_to_mend_it() {
    let sim = Sim::start();
    let word = async |oauth: OAuth, redirect: Url| {
        let (back, verifier) = consent(&sim);
        match oauth.exchange(&back.unwrap()["code"], &verifier, &redirect).await {
            Err(Error::Rejected { code, detail, .. }) => (code, detail),
            other => panic!("expected a refusal: {other:?}"),
        }
    };
    let with =
        |id: &str, secret: &str, tenant: &str| OAuth::new(http(), endpoints(&sim, tenant), id.into(), secret.into());
    let (code, detail) = word(with(CLIENT_ID, "hush", "common"), callback()).await;
    assert_eq!(code, "invalid_client");
    assert!(
        detail.contains("Certificates & secrets") && !detail.contains("hush"),
        "{detail}"
    );
    let (code, _) = word(with("somebody-else", CLIENT_SECRET, "common"), callback()).await;
    assert_eq!(code, "unauthorized_client");
    let (code, detail) = word(oauth(&sim), "http://localhost:9/elsewhere".parse().unwrap()).await;
    assert_eq!(code, "redirect_uri_mismatch");
    assert!(detail.contains("Redirect URIs"), "{detail}");
    let (code, _) = word(with(CLIENT_ID, CLIENT_SECRET, "consumers"), callback()).await;
    assert_eq!(code, "wrong_tenant");
    let (code, _) = word(with(CLIENT_ID, CLIENT_SECRET, "nowhere.example"), callback()).await;
    assert_eq!(code, "wrong_tenant");
}

#[tokio::test]
async fn who_needs_an_administrator_is_told_so() {
    let sim = Sim::start();
    sim.control.require_admin_consent("example.com", true).unwrap();
    let (back, _) = consent(&sim);
    let said = back.unwrap_err();
    let error = Issuer::Microsoft.explain("consent_required", Some(&said));
    assert!(
        matches!(&error, Error::Rejected { code, detail, .. } if code == "admin_consent_required" && detail.contains("administrator")),
        "{error:?}"
    );
}

#[tokio::test]
async fn an_exchange_is_never_repeated_and_trouble_at_entra_is_no_strike() {
    let sim = Sim::start();
    let (back, verifier) = consent(&sim);
    sim.control.fault(Fault::once("oauth.token", Effect::LoseAnswer));
    let answer = oauth(&sim)
        .exchange(&back.unwrap()["code"], &verifier, &callback())
        .await;
    assert!(matches!(answer, Err(Error::Unreachable { .. })), "{answer:?}");
    assert_eq!(sim.control.calls("oauth.token").len(), 1);
    let tokens = connect(&sim).await;
    let down = Effect::Status {
        status: 503,
        retry_after: None,
    };
    sim.control.fault(Fault::always("oauth.token", down));
    let answer = oauth(&sim).refresh(&tokens.refresh.unwrap()).await;
    assert!(matches!(answer, Err(Error::TryLater { .. })), "{answer:?}");
}
