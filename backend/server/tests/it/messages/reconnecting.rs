//! Who can connect an account again, hears that it must be.

use super::*;
use crate::{caldav, google::ANN, harness::Caller};

/// What is known of an account after many have found out at once that it lets us in no more.
async fn refused(caller: &Caller, credential: &str) -> Value {
    let validate = format!("/credentials/{credential}/validate");
    let tries = (0..8).map(|_| caller.post(&validate, json!({})));
    futures_util::future::join_all(tries).await;
    let shown = caller.get(&format!("/credentials/{credential}")).await.ok(200).body;
    assert_eq!(shown["status"], "needs_reauthorization", "{shown}");
    shown
}

#[tokio::test]
async fn the_business_is_told_once_that_an_account_must_be_connected_again() {
    let (server, practice) = mailing().await;
    let credential = &practice.one.credential;
    let withdrawn = async || {
        practice.world.control().revoke_account(ANN);
        practice.world.app.clock.advance(SignedDuration::from_hours(2));
        refused(practice.owner(), credential).await
    };
    let shown = withdrawn().await;
    send_after(&practice, 0).await;
    let mail = server.mails(1).await.remove(0);
    assert_eq!(
        (&mail["to"], &mail["subject"]),
        (
            &json!("brightdental@example.com"),
            &json!("Please connect again: ann@example.org, calendars of Bright Dental")
        )
    );
    let text = mail["text"].as_str().unwrap().replace("\r\n", "\n");
    let link = format!("{}/credentials/{credential}\n", practice.world.app.url);
    for part in [
        "Google no longer lets us into",
        "Client: Bright Dental\n",
        "Account: ann@example.org (Google)\n",
        shown["status_detail"].as_str().unwrap(),
        "choose “Reconnect”",
        &link,
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(mail["html"].as_str().unwrap().contains(link.trim_end()));
    // Somebody tries again and again: the business knows.
    refused(practice.owner(), credential).await;
    send_after(&practice, 60 * 24).await;
    server.mails(1).await;
    // Connected and withdrawn again, it is told again.
    let place = practice.world.consent(credential, ANN).await;
    assert!(place.ends_with("result=connected"), "{place}");
    withdrawn().await;
    send_after(&practice, 0).await;
    server.mails(2).await;
}

#[tokio::test]
async fn who_has_connected_an_account_again_is_not_asked_to() {
    let (server, practice) = mailing().await;
    let credential = &practice.one.credential;
    practice.world.control().revoke_account(ANN);
    practice.world.app.clock.advance(SignedDuration::from_hours(2));
    refused(practice.owner(), credential).await;
    let place = practice.world.consent(credential, ANN).await;
    assert!(place.ends_with("result=connected"), "{place}");
    send_after(&practice, 0).await;
    server.mails(0).await;
}

#[tokio::test]
async fn the_business_is_told_of_a_password_that_is_another_one_now_and_of_none_that_never_worked() {
    let server = MailServer::start().await;
    let port = server.port;
    let app = TestApp::start_with(|config| {
        config.allow_addresses = "127.0.0.0/8".into();
        by_mail(config, port);
    })
    .await;
    let owner = app.owner().await;
    let client = owner.client("Riverside").await;
    let (name, password) = tokio::task::spawn_blocking(caldav::account).await.unwrap();
    let never = caldav::wanted(&client, caldav::radicale(), &name, "not-the-password");
    owner.post("/credentials", never).await;
    let (credential, _) = caldav::connected_as(&owner, &client, &name, &password).await;
    send_due(&app, SignedDuration::ZERO).await;
    server.mails(0).await;
    caldav::give_password(&name, "another-one");
    refused(&owner, &credential).await;
    send_due(&app, SignedDuration::ZERO).await;
    let mail = server.mails(1).await.remove(0);
    assert_eq!(mail["to"], "riverside@example.com");
    let account = format!("Account: {name} ({})\n", caldav::radicale());
    assert!(
        mail["text"].as_str().unwrap().replace("\r\n", "\n").contains(&account),
        "{mail}"
    );
}
