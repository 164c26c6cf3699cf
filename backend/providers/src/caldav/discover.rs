//! From what a person typed to the calendars (RFC 6764, RFC 4791 §6.2).

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    passport::Passport,
    session::{Session, elsewhere},
    xml::{APPLE, CALDAV, DAV, Multistatus, Response, path_of},
};
use crate::{
    error::{Error, Result, Unreachable},
    http::{Http, same_site},
    ics,
};
use domain::calendar::{AccessRole, RemoteCalendar};

/// What discovery found: good to store, needed to make a [`super::Caldav`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Where the calendars are; may be on another host than the one that was typed.
    pub home: Url,
    /// The principal's address: the stable name of the account.
    pub principal: Url,
    /// The account's own addresses, lower case.
    pub addresses: Vec<String>,
    /// What the server can do, once it was asked.
    #[serde(default)]
    pub passport: Option<Passport>,
}

/// Finds the account behind an address, which may be the server's root, the principal, its home or a calendar.
///
/// # Errors
/// [`Error::Reauthorize`] for a wrong password; [`Error::Unreachable`] with its reason for everything in the way, which is
/// [`Unreachable::Elsewhere`] for an account that the server says lies at somebody else's.
pub async fn discover(http: &Http, typed: &Url, username: &str, password: SecretString) -> Result<Account> {
    let session = Session::new(http.clone(), username, password);
    let mut places = vec![typed.clone()];
    if let Ok(well_known) = typed.join("/.well-known/caldav") {
        places.push(well_known);
    }
    if let Ok(root) = typed.join("/") {
        places.push(root);
    }
    let mut sent_on = None;
    for place in places {
        match principal(&session, &place).await {
            Ok(Some(found)) => return account(&session, typed, found).await,
            Ok(None) => {}
            // These will not get better at another path of the same server.
            Err(error @ (Error::Reauthorize { .. } | Error::TryLater { .. })) => return Err(error),
            // The next path may still lead to an account here.
            Err(
                error @ Error::Unreachable {
                    reason: Unreachable::Elsewhere,
                    ..
                },
            ) => {
                sent_on.get_or_insert(error);
            }
            Err(error @ Error::Unreachable { reason, .. }) if reason != Unreachable::NotCaldav => return Err(error),
            Err(_) => {}
        }
    }
    Err(sent_on.unwrap_or_else(|| Error::Unreachable {
        reason: Unreachable::NotCaldav,
        detail: format!(
            "{} answers, but no CalDAV account was found there. Check the address.",
            typed.host_str().unwrap_or("The server")
        ),
    }))
}

/// Where a link of an answer leads. Whoever answered, perhaps after redirects, may name any address: the password goes only
/// to the site it was typed for.
///
/// # Errors
/// [`Unreachable::Elsewhere`].
fn followed(typed: &Url, base: &Url, href: &str) -> Result<Option<Url>> {
    match base.join(href) {
        Ok(url) if same_site(typed, &url) => Ok(Some(url)),
        Ok(url) => Err(elsewhere(typed, &url)),
        Err(_) => Ok(None),
    }
}

/// The principal, or the home itself where a server has no principals.
enum Found {
    Principal(Url),
    Home(Url),
}

async fn principal(session: &Session, place: &Url) -> Result<Option<Found>> {
    let answer = session
        .propfind(
            place,
            "0",
            &["d:current-user-principal", "c:calendar-home-set", "d:resourcetype"],
        )
        .await?;
    let Some(response) = answer.responses.first() else {
        return Ok(None);
    };
    let there = |href: Option<&str>| href.map_or(Ok(None), |href| followed(place, origin_of(&answer, place), href));
    if let Some(url) = there(response.href(DAV, "current-user-principal"))? {
        return Ok(Some(Found::Principal(url)));
    }
    if let Some(url) = there(response.href(CALDAV, "calendar-home-set"))? {
        return Ok(Some(Found::Home(url)));
    }
    // A server without principals (mail.ru): the calendar that was typed lies in its home.
    let is_calendar = response.has(DAV, "resourcetype", "calendar");
    Ok(is_calendar.then(|| place.join("..").ok()).flatten().map(Found::Home))
}

/// Links are relative to whoever answered; the multistatus was resolved against it already.
fn origin_of<'a>(answer: &'a Multistatus, asked: &'a Url) -> &'a Url {
    answer.from.as_ref().unwrap_or(asked)
}

async fn account(session: &Session, typed: &Url, found: Found) -> Result<Account> {
    let principal = match found {
        Found::Home(home) => {
            return Ok(Account {
                principal: home.clone(),
                addresses: own_addresses(session, None),
                passport: None,
                home,
            });
        }
        Found::Principal(url) => url,
    };
    let answer = session
        .propfind(
            &principal,
            "0",
            &["c:calendar-home-set", "c:calendar-user-address-set", "d:displayname"],
        )
        .await?;
    let response = answer.responses.first();
    let base = origin_of(&answer, &principal);
    let href = response.and_then(|r| r.href(CALDAV, "calendar-home-set"));
    let home = href.map_or(Ok(None), |href| followed(typed, base, href))?;
    let Some(mut home) = home else {
        return Err(Error::Unreachable {
            reason: Unreachable::NotCaldav,
            detail: "The account was found, but the server names no place for its calendars.".into(),
        });
    };
    if !home.path().ends_with('/') {
        home.set_path(&format!("{}/", home.path()));
    }
    Ok(Account {
        home,
        addresses: own_addresses(session, response),
        passport: None,
        principal,
    })
}

fn own_addresses(session: &Session, principal: Option<&Response>) -> Vec<String> {
    let said = principal.and_then(|r| r.property(CALDAV, "calendar-user-address-set"));
    let mut own: Vec<String> = said
        .into_iter()
        .flat_map(|p| &p.below)
        .filter_map(|e| ics::address(&e.text))
        .map(|a| a.to_lowercase())
        .collect();
    if own.is_empty() && session.username().contains('@') {
        own.push(session.username().to_lowercase());
    }
    own.dedup();
    own
}

const ABOUT_CALENDARS: [&str; 8] = [
    "d:resourcetype",
    "d:displayname",
    "c:calendar-description",
    "c:supported-calendar-component-set",
    "d:current-user-privilege-set",
    "a:calendar-color",
    "c:calendar-timezone",
    "c:calendar-timezone-id",
];

/// All calendars of a home that can hold events.
///
/// # Errors
/// Those of the session.
pub async fn calendars(session: &Session, home: &Url) -> Result<Vec<RemoteCalendar>> {
    let answer = session.propfind(home, "1", &ABOUT_CALENDARS).await?;
    Ok(answer.responses.iter().filter_map(calendar).collect())
}

/// One calendar.
///
/// # Errors
/// [`Error::NotFound`] when it is no calendar; those of the session.
pub async fn one_calendar(session: &Session, url: &Url) -> Result<RemoteCalendar> {
    let answer = session.propfind(url, "0", &ABOUT_CALENDARS).await?;
    answer.responses.first().and_then(calendar).ok_or(Error::NotFound)
}

fn calendar(response: &Response) -> Option<RemoteCalendar> {
    if !response.has(DAV, "resourcetype", "calendar") {
        return None;
    }
    // Without a list of components it takes all of them (RFC 4791 §5.2.3).
    let components = response.property(CALDAV, "supported-calendar-component-set");
    if components.is_some_and(|set| {
        !set.below
            .iter()
            .any(|e| e.named.as_deref().is_some_and(|n| n.eq_ignore_ascii_case("VEVENT")))
    }) {
        return None;
    }
    let zone = response.text(CALDAV, "calendar-timezone-id").map(str::to_owned);
    let zone = zone.or_else(|| ics::zone_of(response.text(CALDAV, "calendar-timezone")?));
    Some(RemoteCalendar {
        remote_id: with_slash(&response.path),
        name: response
            .text(DAV, "displayname")
            .unwrap_or_else(|| response.name())
            .to_owned(),
        description: response.text(CALDAV, "calendar-description").map(str::to_owned),
        time_zone: zone.and_then(|name| crate::zones::find(&name)),
        colour: response.text(APPLE, "calendar-color").and_then(colour),
        access_role: access(response),
        primary: false,
    })
}

fn with_slash(path: &str) -> String {
    if path.ends_with('/') {
        path.to_owned()
    } else {
        format!("{path}/")
    }
}

/// A server that does not speak of privileges gives them all.
fn access(response: &Response) -> AccessRole {
    let Some(set) = response.property(DAV, "current-user-privilege-set") else {
        return AccessRole::Owner;
    };
    let has = |names: &[&str]| set.below.iter().any(|e| names.contains(&e.name.as_str()));
    if has(&["all", "write-acl"]) {
        AccessRole::Owner
    } else if has(&["write", "write-content", "bind"]) {
        AccessRole::Writer
    } else if has(&["read"]) {
        AccessRole::Reader
    } else {
        AccessRole::FreeBusy
    }
}

/// `#RRGGBBAA` and `#RRGGBB` as `#rrggbb`.
fn colour(text: &str) -> Option<String> {
    let digits = text.strip_prefix('#')?.get(..6)?;
    digits
        .bytes()
        .all(|b| b.is_ascii_hexdigit())
        .then(|| format!("#{}", digits.to_ascii_lowercase()))
}

/// The address of a collection by its decoded path.
///
/// # Errors
/// [`Error::NotFound`] for a path that cannot be one.
pub fn at_path(home: &Url, path: &str) -> Result<Url> {
    let mut url = home.clone();
    url.set_query(None);
    {
        let mut segments = url.path_segments_mut().map_err(|()| Error::NotFound)?;
        segments.clear();
        segments.extend(path.trim_start_matches('/').split('/'));
    }
    // What was decoded must be found again; `..` and the like must not lead elsewhere.
    if path_of(home, url.path()).as_deref() == Some(path) {
        Ok(url)
    } else {
        Err(Error::NotFound)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_followed_within_the_site_that_was_typed() {
        let lead = |typed: &str, answered: &str, href: &str| {
            let (typed, answered) = (typed.parse().unwrap(), answered.parse().unwrap());
            followed(&typed, &answered, href).map(|url| url.map(String::from))
        };
        let icloud = "https://caldav.icloud.com/";
        let home = "https://p34-caldav.icloud.com:443/1234/calendars/";
        assert_eq!(
            lead(icloud, icloud, home).unwrap().as_deref(),
            Some("https://p34-caldav.icloud.com/1234/calendars/"),
            "iCloud spreads its accounts over siblings"
        );
        let relative = lead("https://example.org/", "https://dav.example.org/x/", "ann/").unwrap();
        assert_eq!(relative.as_deref(), Some("https://dav.example.org/x/ann/"));
        for (typed, answered, href) in [
            (icloud, icloud, "https://caldav.example.net/"),
            (icloud, icloud, "http://caldav.icloud.com/"),
            (icloud, icloud, "//caldav.example.net/"),
            // A redirect to a stranger was followed without the password; what the stranger says changes nothing.
            (icloud, "https://caldav.example.net/", "/ann/"),
        ] {
            let refused = lead(typed, answered, href);
            let Err(Error::Unreachable { reason, detail }) = refused else {
                panic!("{href}: {refused:?}");
            };
            assert_eq!(reason, Unreachable::Elsewhere);
            assert!(detail.contains("enter that address"), "{detail}");
        }
    }
}
