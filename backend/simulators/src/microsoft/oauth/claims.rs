//! Who somebody is: id tokens and the documents OpenID Connect finds things by.

use std::collections::BTreeSet;

use actix_web::{HttpRequest, HttpResponse, web};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Authority, words::aadsts};
use crate::microsoft::{
    server::{Shared, base},
    store::{Account, State},
};

/// A JWT signed with the client's secret (HS256). Entra signs with keys it publishes; nobody here needs to check.
pub(crate) fn id_token(
    state: &State,
    client: &str,
    account: &Account,
    scopes: &BTreeSet<String>,
    nonce: Option<&str>,
) -> String {
    let now = state.now().as_second();
    let mut body = json!({
        "aud": client,
        "iss": format!("https://login.microsoftonline.com/{}/v2.0", account.tenant),
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        "sub": super::named_id(&format!("{client} {}", account.email)),
        "tid": account.tenant,
        "ver": "2.0",
    });
    if scopes.contains("profile") {
        body["name"] = json!(account.name);
        body["oid"] = json!(account.id);
        body["preferred_username"] = json!(account.email);
    }
    if scopes.contains("email") {
        body["email"] = json!(account.email);
    }
    if let Some(nonce) = nonce {
        body["nonce"] = json!(nonce);
    }
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&json!({"alg": "HS256", "typ": "JWT"})), part(&body));
    let secret = state
        .auth
        .clients
        .get(client)
        .map(|c| c.secret.clone())
        .unwrap_or_default();
    let signature = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .map(|mut mac| {
            mac.update(text.as_bytes());
            URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
        })
        .unwrap_or_default();
    format!("{text}.{signature}")
}

/// `GET /{tenant}/v2.0/.well-known/openid-configuration` (Entra docs: v2-protocols-oidc.md).
pub(crate) async fn configuration(
    request: HttpRequest,
    tenant: web::Path<String>,
    shared: web::Data<Shared>,
) -> HttpResponse {
    let state = shared.lock();
    let issuer = match Authority::parse(&state, &tenant) {
        None => return aadsts(90_002, format!("Tenant '{tenant}' not found.")).response(state.now()),
        Some(Authority::One(id)) => id,
        Some(Authority::Personal) => super::CONSUMERS.to_string(),
        Some(Authority::Anybody | Authority::Work) => "{tenantid}".to_string(),
    };
    let base = base(&state, &request);
    let at = |path: &str| format!("{base}/{tenant}/{path}");
    HttpResponse::Ok().json(json!({
        "authorization_endpoint": at("oauth2/v2.0/authorize"),
        "token_endpoint": at("oauth2/v2.0/token"),
        "end_session_endpoint": at("oauth2/v2.0/logout"),
        "jwks_uri": at("discovery/v2.0/keys"),
        "userinfo_endpoint": format!("{base}/oidc/userinfo"),
        "issuer": format!("https://login.microsoftonline.com/{issuer}/v2.0"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "tenant_region_scope": null,
        "cloud_instance_name": "microsoftonline.com",
        "msgraph_host": "graph.microsoft.com",
    }))
}

/// `GET /{tenant}/discovery/v2.0/keys`.
pub(crate) async fn keys() -> HttpResponse {
    HttpResponse::Ok().json(json!({"keys": []}))
}
