//! Events that we made at a provider and that no round has told of since. One that somebody deletes there before the next
//! round is no change to anybody: it was not there before, and is not there now. So it is asked for by its name.

use db::{
    calendars::{Calendar, Progress},
    types::Instant,
};
use jiff::{SignedDuration, Timestamp};
use providers::{Batch, CalendarProvider};

use super::{
    Result,
    connect::Connected,
    rows::{self, Stamp},
};
use crate::{
    ops::{feed::Tally, mirror::Place},
    state::App,
};

/// Asked for at the end of one round.
const MOST: i64 = 20;

/// What is there and still not told of lies where changes do not reach: beyond the window of Microsoft's view.
const LATELY: SignedDuration = SignedDuration::from_hours(1);

/// Looks after those that were made before the round `began`; what is not there any more vanishes here, too.
///
/// # Errors
/// Those of the database; [`db::Error::NotFound`]: another process has the calendar by now.
pub async fn ask(
    app: &App,
    provider: &Connected,
    calendar: &Calendar,
    (holder, progress): (&str, Progress),
    began: Timestamp,
) -> Result<Tally> {
    let (id, before) = (calendar.id.clone(), Instant::from(began));
    let unheard = app.read_all(move |c| db::unheard::before(c, &id, before, MOST)).await?;
    let (mut settled, mut gone) = (Vec::new(), Vec::new());
    for (name, at) in unheard {
        match provider.event(&calendar.remote_id, &name).await {
            Err(providers::Error::NotFound) => gone.push(name),
            Ok(_) if app.now().duration_since(at.timestamp()) > LATELY => settled.push(name),
            // It may be told of yet.
            Ok(_) => {}
            Err(error) => {
                tracing::info!(calendar = calendar.id, %error, "whether events of ours are still there is asked after the next round");
                break;
            }
        }
    }
    if settled.is_empty() && gone.is_empty() {
        return Ok(Tally::default());
    }
    settled.extend(gone.iter().cloned());
    let place = Place::of(calendar);
    let ready = rows::ready(
        &place,
        Batch {
            removed: gone,
            ..Batch::default()
        },
    );
    let stamp = Stamp {
        round: progress.round,
        now: app.now(),
        pulled: true,
    };
    let (id, who) = (calendar.id.clone(), holder.to_owned());
    let tally = app
        .write(move |c| {
            db::calendars::progress(c, &id, &who, &progress)?;
            let names: Vec<&str> = settled.iter().map(String::as_str).collect();
            db::unheard::heard(c, &id, &names)?;
            let mut happened = rows::happened(&place, stamp);
            rows::write(c, &place, ready, stamp, &mut happened)?;
            happened.finish(c)
        })
        .await?;
    app.feed.wake(&calendar.tenant_id);
    Ok(tally)
}
