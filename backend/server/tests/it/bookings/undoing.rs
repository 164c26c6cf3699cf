//! What is taken back asks for what it goes back to, and takes nothing along that is not its own.

use super::{
    edits::{drag, moved},
    *,
};

/// A booking of 45 minutes at ten that followed its event to this time.
async fn followed(practice: &Practice, there: (&str, &str)) -> Value {
    practice.policy(json!({"on_move": "provider_wins"})).await;
    let booking = practice.book("10:00").await;
    practice.settle().await;
    drag(practice, &practice.entries().await[0], there).await;
    assert_eq!(practice.booking(&booking).await["end"], practice.at(there.1));
    booking
}

#[tokio::test]
async fn a_booking_that_became_longer_goes_back_to_a_time_in_which_it_fits_as_it_was() {
    let practice = Practice::open().await;
    let booking = followed(&practice, ("12:00", "13:30")).await;
    practice.appointment("11:00", "12:00", json!({})).await;
    let undone = practice.act(&booking, "undo", json!({})).await.ok(200).body;
    assert_eq!(
        (&undone["start"], &undone["end"]),
        (&json!(practice.at("10:00")), &json!(practice.at("10:45")))
    );
    assert_eq!(practice.codes("09:00").await, [""; 0], "it takes no more than it did");
    assert_eq!(practice.codes("12:15").await, [""; 0]);
}

#[tokio::test]
async fn a_booking_that_became_shorter_does_not_go_back_to_where_only_the_short_one_fits() {
    let practice = Practice::open().await;
    let booking = followed(&practice, ("12:00", "13:30")).await;
    practice.settle().await;
    drag(&practice, &practice.entries().await[0], ("15:00", "15:30")).await;
    practice.appointment("13:00", "13:30", json!({})).await;
    practice
        .act(&booking, "undo", json!({}))
        .await
        .problem(409, "slot_unavailable");
    assert_eq!(practice.booking(&booking).await["start"], practice.at("15:00"));
}

#[tokio::test]
async fn what_somebody_is_to_look_at_is_not_taken_back_with_words() {
    let practice = Practice::open().await;
    let booking = moved(&practice).await;
    let path = format!("/bookings/{}", booking["id"].as_str().unwrap());
    let seen = practice.owner().get(&path).await.ok(200);
    assert_eq!(seen.body["flagged"], true, "its event is elsewhere");
    let words = json!({"notes_private": "Prefers noon"});
    crate::services::patch_as_of(practice.owner(), &path, seen.header("etag"), words)
        .await
        .ok(200);
    let undone = practice.act(&booking, "undo", json!({})).await.ok(200).body;
    assert_eq!(
        (&undone["notes_private"], &undone["flagged"]),
        (&Value::Null, &json!(true)),
        "and nobody has decided yet where it is"
    );
}
