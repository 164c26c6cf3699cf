//! One signed-in conversation with a server: addresses, authentication, and what its refusals mean.

use std::sync::Arc;

use http::{HeaderName, Method, header::WWW_AUTHENTICATE};
use rand::RngExt;
use secrecy::SecretString;
use tokio::sync::Mutex;
use url::Url;

use super::{auth::Challenge, passport::SignIn, xml};
use crate::{
    error::{Error, Result, Unreachable},
    http::{Answer, Http, Request, same_site},
};

/// `Depth`
pub const DEPTH: HeaderName = HeaderName::from_static("depth");

fn refused() -> Error {
    Error::Reauthorize {
        detail: "The server does not accept this user name and password.".into(),
    }
}

/// A server sent us to where its password must not go. Its owner can still send it there, by entering that address.
pub fn elsewhere(from: &Url, to: &Url) -> Error {
    let (from, to) = (from.origin().ascii_serialization(), to.origin().ascii_serialization());
    Error::Unreachable {
        reason: Unreachable::Elsewhere,
        detail: format!("{from} sends us on to {to}, which may be somebody else's: enter that address if it is yours."),
    }
}

/// How often a server may call a right answer too old before we give up.
const STALE: u32 = 3;

/// Who signs in how.
pub struct Session {
    http: Http,
    username: String,
    password: SecretString,
    /// Set once the server asked for Digest.
    challenge: Mutex<Option<Arc<Challenge>>>,
    /// Answers to a challenge are counted, and a strict server wants them in order: they go one after the other.
    turn: Mutex<()>,
}

impl Session {
    /// Makes no call yet.
    pub fn new(http: Http, username: &str, password: SecretString) -> Self {
        Self {
            http,
            username: username.to_owned(),
            password,
            challenge: Mutex::new(None),
            turn: Mutex::new(()),
        }
    }

    /// How, as far as the server has asked.
    pub async fn signs_in_by(&self) -> SignIn {
        match *self.challenge.lock().await {
            Some(_) => SignIn::Digest,
            None => SignIn::Basic,
        }
    }

    /// Who signs in.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// Sends with authentication: Basic at once, Digest when the server asks for it.
    ///
    /// # Errors
    /// [`Error::Reauthorize`] when user name or password are wrong; those of [`Http::send_guarded`].
    pub async fn send(&self, mut request: Request) -> Result<Answer> {
        let mut known = self.challenge.lock().await.clone();
        if known.is_none() {
            let answer = self.http.send_guarded(self.signed(request.clone(), None)).await?;
            if answer.status != 401 {
                return Ok(answer);
            }
            known = Some(self.asked(&mut request, answer)?);
        }
        let _turn = self.turn.lock().await;
        // Somebody who was here before may know a newer one.
        let newest = self.challenge.lock().await.clone();
        let (mut challenge, mut is_new) = match (newest, known) {
            (Some(newest), _) => (newest, false),
            (None, Some(asked)) => (asked, true),
            (None, None) => return Err(refused()),
        };
        for _ in 0..STALE {
            let signed = self.signed(request.clone(), Some(&challenge));
            let answer = self.http.send_guarded(signed).await?;
            if answer.status != 401 {
                *self.challenge.lock().await = Some(challenge);
                return Ok(answer);
            }
            let next = self.asked(&mut request, answer)?;
            // A fresh challenge answered in vain: the password is wrong. Tried on and on it locks the account at some
            // servers.
            if is_new && !next.stale {
                return Err(refused());
            }
            (challenge, is_new) = (next, true);
        }
        Err(refused())
    }

    /// What a 401 asks for. Its answer is due where it was asked, after redirects.
    fn asked(&self, request: &mut Request, answer: Answer) -> Result<Arc<Challenge>> {
        // A redirect to somebody else's server was followed without the password, and it stays so.
        if !same_site(&request.url, &answer.url) {
            return Err(elsewhere(&request.url, &answer.url));
        }
        let asked = answer
            .headers
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|v| v.to_str().ok());
        let challenge = Challenge::strongest(asked).ok_or_else(refused)?;
        request.url = answer.url;
        Ok(Arc::new(challenge))
    }

    fn signed(&self, request: Request, challenge: Option<&Challenge>) -> Request {
        let Some(challenge) = challenge else {
            return request.basic(&self.username, &self.password);
        };
        let uri = match request.url.query() {
            Some(query) => format!("{}?{query}", request.url.path()),
            None => request.url.path().to_owned(),
        };
        let cnonce = hex::encode(rand::rng().random::<[u8; 16]>());
        let answer = challenge.answer(&self.username, &self.password, request.method.as_str(), &uri, &cnonce);
        request.authorization(&answer)
    }

    /// Asks for properties; a 207 is understood, everything else is a refusal.
    ///
    /// # Errors
    /// Those of [`Session::send`] and [`refusal`].
    pub async fn propfind(&self, url: &Url, depth: &str, properties: &[&str]) -> Result<xml::Multistatus> {
        let answer = self.ask("PROPFIND", url, depth, xml::propfind(properties)).await?;
        understood(&answer)
    }

    /// Sends a question in XML.
    ///
    /// # Errors
    /// Those of [`Session::send`].
    pub async fn ask(&self, method: &str, url: &Url, depth: &str, body: String) -> Result<Answer> {
        let request = Request::new(verb(method)?, url.clone())
            .header(DEPTH, depth)
            .body("application/xml; charset=utf-8", body);
        self.send(request).await
    }
}

/// A verb of WebDAV.
///
/// # Errors
/// Never for the verbs used here.
pub fn verb(name: &str) -> Result<Method> {
    Method::from_bytes(name.as_bytes()).map_err(|e| Error::Rejected {
        code: "verb".into(),
        detail: e.to_string(),
        status: None,
    })
}

/// The 207 of an answer.
///
/// # Errors
/// Those of [`refusal`]; [`Unreachable::NotCaldav`] when the answer is something else.
pub fn understood(answer: &Answer) -> Result<xml::Multistatus> {
    match answer.status.as_u16() {
        207 => xml::multistatus(&crate::ics::decode(&answer.body), &answer.url).map_err(|detail| Error::Unreachable {
            reason: Unreachable::NotCaldav,
            detail,
        }),
        // A web server without WebDAV answers with a page.
        200 | 405 | 501 => Err(Error::Unreachable {
            reason: Unreachable::NotCaldav,
            detail: format!(
                "{} answers, but does not speak CalDAV at {}.",
                answer.url.host_str().unwrap_or("The server"),
                answer.url.path()
            ),
        }),
        _ => Err(refusal(answer)),
    }
}

/// What an answer that is not a success means.
pub fn refusal(answer: &Answer) -> Error {
    let conditions = xml::conditions(&answer.text());
    let status = answer.status.as_u16();
    let said = conditions.first().map_or_else(
        || format!("the server answered {status}"),
        |c| format!("the server answered {status}: {c}"),
    );
    match status {
        401 => Error::Reauthorize { detail: said },
        403 if conditions.iter().any(|c| c == "need-privileges") || conditions.is_empty() => Error::Forbidden {
            code: "read_only".into(),
            detail: said,
        },
        404 | 410 => Error::NotFound,
        412 => Error::Changed,
        507 => Error::Quota { detail: said },
        _ => Error::Rejected {
            code: conditions
                .into_iter()
                .next()
                .unwrap_or_else(|| format!("http_{status}")),
            detail: said,
            status: Some(status),
        },
    }
}
