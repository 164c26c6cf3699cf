//! From what a person types to their calendars, and what is said when that fails.

use domain::calendar::{AccessRole, NewCalendar};
use providers::{
    CalendarProvider, Error,
    caldav::{Caldav, discover},
    error::Unreachable,
    http::{Http, Options},
};
use tokio::{io::AsyncWriteExt, net::TcpListener};
use url::Url;

use crate::{
    harness::{Person, options},
    proxy::Quirk,
};

fn unreachable(answer: providers::Result<impl std::fmt::Debug>) -> (Unreachable, String) {
    match answer {
        Err(Error::Unreachable { reason, detail }) => (reason, detail),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_calendars_are_found_from_the_servers_root() {
    let ann = Person::new(&[]).await;
    let account = ann.discover("/").await.unwrap();
    assert_eq!(account.addresses, [ann.username.as_str()]);
    let caldav = Caldav::new(ann.http.clone(), account, &ann.username, ann.password.clone());
    assert_eq!(caldav.calendars().await.unwrap(), []);
    let who = caldav.account().await.unwrap();
    assert_eq!(who.email.as_deref(), Some(ann.username.as_str()));
    assert!(who.id.starts_with(ann.url("/").as_str()), "{}", who.id);
}

#[tokio::test]
async fn the_calendars_are_found_from_a_path_the_server_does_not_know() {
    let ann = Person::new(&[]).await;
    let root = ann.discover("/").await.unwrap();
    for path in [
        "/remote/nothing/here",
        "/.well-known/caldav",
        &format!("/{}/", ann.username),
    ] {
        assert_eq!(ann.discover(path).await.unwrap(), root, "{path}");
    }
}

#[tokio::test]
async fn a_redirect_of_the_well_known_address_is_followed_with_verb_and_password() {
    let ann = Person::new(&[]).await;
    let place: &'static str = format!("/{}/", ann.username.replace('@', "%40")).leak();
    let ben = Person::new(&[Quirk::WellKnown(place)]).await;
    // Ben's server sends everybody to Ann's principal, who is not his to see: he was asked there, signed in.
    let answer = ben.discover("/").await;
    assert!(answer.is_err(), "{answer:?}");
    let asked = ben.proxy.journal();
    let there = asked
        .iter()
        .find(|c| c.target == place)
        .expect("the redirect was followed");
    assert_eq!(
        (there.method.as_str(), there.header("authorization").is_some()),
        ("PROPFIND", true)
    );
}

#[tokio::test]
async fn a_calendar_is_made_once_and_described_as_it_was_asked_for() {
    let ann = Person::new(&[]).await;
    let caldav = ann.client().await;
    let new = NewCalendar {
        key: "0123456789abcdef0123456789abcdef".into(),
        name: "Work & <play>".into(),
        description: Some("Ünïcode, too".into()),
        time_zone: "America/New_York".into(),
        colour: Some("#12ab34".into()),
    };
    let made = caldav.create_calendar(&new).await.unwrap();
    assert_eq!(caldav.create_calendar(&new).await.unwrap(), made);
    assert_eq!(caldav.calendars().await.unwrap(), std::slice::from_ref(&made));
    assert_eq!(
        (made.name.as_str(), made.description.as_deref()),
        ("Work & <play>", Some("Ünïcode, too"))
    );
    assert_eq!(
        (made.time_zone.as_deref(), made.colour.as_deref()),
        (Some("America/New_York"), Some("#12ab34"))
    );
    assert_eq!(made.access_role, AccessRole::Owner);
    assert!(made.remote_id.starts_with('/') && made.remote_id.ends_with("/0123456789abcdef0123456789abcdef/"));
}

#[tokio::test]
async fn collections_that_hold_no_events_are_not_listed() {
    let ann = Person::new(&[]).await;
    let caldav = ann.client().await;
    let home = format!("/{}", ann.username);
    let tasks = r#"<?xml version="1.0"?><c:mkcalendar xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:set><d:prop><d:displayname>Tasks</d:displayname><c:supported-calendar-component-set><c:comp name="VTODO"/></c:supported-calendar-component-set></d:prop></d:set></c:mkcalendar>"#;
    let cards = r#"<?xml version="1.0"?><d:mkcol xmlns:d="DAV:" xmlns:x="urn:ietf:params:xml:ns:carddav"><d:set><d:prop><d:resourcetype><d:collection/><x:addressbook/></d:resourcetype></d:prop></d:set></d:mkcol>"#;
    assert_eq!(
        ann.raw("MKCALENDAR", &format!("{home}/tasks/"), &[], tasks)
            .await
            .status,
        201
    );
    assert_eq!(
        ann.raw("MKCOL", &format!("{home}/cards/"), &[], cards).await.status,
        201
    );
    assert_eq!(caldav.calendars().await.unwrap(), []);
}

#[tokio::test]
async fn a_wrong_password_is_called_that() {
    let ann = Person::new(&[]).await;
    let answer = discover(&ann.http, &ann.url("/"), &ann.username, "wrong".into()).await;
    match answer {
        Err(Error::Reauthorize { detail }) => {
            assert!(detail.contains("password") && !detail.contains("wrong"), "{detail}")
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_wrong_password_is_called_that_with_digest_too() {
    let ann = Person::new(&[Quirk::Digest("MD5")]).await;
    let answer = discover(&ann.http, &ann.url("/"), &ann.username, "wrong".into()).await;
    assert!(matches!(answer, Err(Error::Reauthorize { .. })), "{answer:?}");
    assert_eq!(
        ann.proxy.journal().len(),
        2,
        "a wrong password must not lock the account by trying on and on"
    );
}

#[tokio::test]
async fn digest_is_answered_with_either_hash_and_a_nonce_that_runs_out_is_renewed() {
    for algorithm in ["MD5", "SHA-256"] {
        let ann = Person::new(&[Quirk::Digest(algorithm)]).await;
        let caldav = ann.client().await;
        for _ in 0..8 {
            caldav.calendars().await.unwrap();
        }
        let refused = 1 + 8 / 3 + 2;
        let calls = ann.proxy.journal().len();
        assert!(calls <= 2 + 8 + refused, "{algorithm}: {calls} calls");
    }
}

#[tokio::test]
async fn a_web_page_is_not_caldav() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url: Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: 15\r\n\r\n<h1>Hello!</h1>";
            let mut bytes = [0; 4096];
            let _read = tokio::io::AsyncReadExt::read(&mut client, &mut bytes).await;
            let _gone = client.write_all(page.as_bytes()).await;
        }
    });
    let http = Http::new(options()).unwrap();
    let (reason, detail) = unreachable(discover(&http, &url, "ann", "secret".into()).await);
    assert_eq!(reason, Unreachable::NotCaldav);
    assert!(detail.contains("CalDAV") && detail.contains("127.0.0.1"), "{detail}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_called_that() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let http = Http::new(options()).unwrap();
    let url = format!("http://{closed}/").parse().unwrap();
    let (reason, detail) = unreachable(discover(&http, &url, "ann", "secret".into()).await);
    assert_eq!(reason, Unreachable::Connect);
    assert!(detail.contains(&closed.port().to_string()), "{detail}");
}

#[tokio::test]
async fn a_server_without_tls_behind_https_is_a_tls_failure() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let _gone = client.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            let _gone = client.shutdown().await;
        }
    });
    let http = Http::new(options()).unwrap();
    let (reason, detail) = unreachable(discover(&http, &url, "ann", "secret".into()).await);
    assert_eq!(reason, Unreachable::Tls, "{detail}");
}

#[tokio::test]
async fn an_address_of_this_machine_is_refused_unless_it_is_allowed() {
    let ann = Person::new(&[]).await;
    let http = Http::new(Options {
        allow: vec![],
        ..options()
    })
    .unwrap();
    let plain = ann.url("/");
    let tls: Url = format!("https://{}/", ann.proxy.address).parse().unwrap();
    for url in [plain, tls] {
        let (reason, _) = unreachable(discover(&http, &url, &ann.username, ann.password.clone()).await);
        assert_eq!(reason, Unreachable::Guarded);
    }
    assert!(ann.proxy.journal().is_empty(), "nothing was sent");
}

#[tokio::test]
async fn a_server_that_sends_us_to_a_stranger_does_not_get_the_password_there() {
    let stranger = Person::new(&[]).await;
    let place: &'static str = stranger.url("/").to_string().leak();
    let ann = Person::new(&[Quirk::WellKnown(place)]).await;
    let answer = discover(
        &ann.http,
        &ann.url("/.well-known/caldav"),
        &ann.username,
        ann.password.clone(),
    )
    .await;
    let (reason, detail) = unreachable(answer);
    assert_eq!(reason, Unreachable::Elsewhere);
    assert!(!stranger.proxy.journal().is_empty(), "the redirect was followed");
    assert!(
        stranger
            .proxy
            .journal()
            .iter()
            .all(|c| c.header("authorization").is_none())
    );
    assert!(detail.contains("enter that address"), "{detail}");
}

#[tokio::test]
async fn an_account_at_a_strangers_is_not_looked_for_there() {
    for property in ["current-user-principal", "calendar-home-set"] {
        let stranger = Person::new(&[]).await;
        let said = format!(r#"<href xmlns="DAV:">{}</href>"#, stranger.url("/ann/")).leak();
        let ann = Person::new(&[Quirk::Property(property, said)]).await;
        let (reason, detail) = unreachable(ann.discover("/").await);
        assert_eq!(reason, Unreachable::Elsewhere, "{property}");
        let named = stranger.url("/").origin().ascii_serialization();
        assert!(
            detail.contains(&named) && detail.contains("enter that address"),
            "{detail}"
        );
        assert!(stranger.proxy.journal().is_empty(), "{property}: nothing was sent");
    }
}
