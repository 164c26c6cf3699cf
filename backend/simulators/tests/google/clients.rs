//! Clients written by others run from `tests/clients`; this only makes sure the program they need can be told apart.

use crate::harness::Google;

#[tokio::test]
async fn two_simulators_do_not_know_each_other() {
    let (one, other) = (Google::start(), Google::start());
    assert_ne!(one.running.port, other.running.port);
    let token = one.user(crate::harness::DANA).token;
    let mut stranger = other.user(crate::harness::DANA);
    stranger.token = token;
    assert_eq!(stranger.get("/users/me/calendarList").await.refused().0, 401);
}
