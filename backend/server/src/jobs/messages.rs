//! Sends mails and text messages that are due.

use crate::{gateway::post, state::App};

pub async fn run(app: App) -> Result<(), String> {
    post::send_due(&app)
        .await
        .map(|_| ())
        .map_err(|error| error.to_string())
}
