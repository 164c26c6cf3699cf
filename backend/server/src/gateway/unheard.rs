//! Events that we made at a provider and that no round has told of since. One that somebody deletes there before the next
//! round is no change to anybody: it was not there before, and is not there now. So it is asked for by its name.

use std::time::Duration;

use db::{calendars::Calendar, types::Instant};
use domain::{calendar::Provider, id::TenantId};
use jiff::{SignedDuration, Timestamp};
use providers::{Batch, CalendarProvider};

use super::{
    Result,
    connect::Connected,
    mirror::Round,
    rows::{self, Stamp},
};
use crate::{
    ops::{feed::Tally, mirror::Place},
    state::App,
};

/// Asked for at the end of one round, one after the other.
const MOST: i64 = 20;
/// No longer than this: the calendar is held meanwhile.
const LONGEST: Duration = Duration::from_secs(30);

/// A provider may need a moment until everybody who asks sees what was written.
const GRACE: SignedDuration = SignedDuration::from_mins(1);

/// Whether an event can come and go between two rounds without either telling of it. Google's changes name whatever was
/// deleted since, however short it was there.
pub fn can_be(provider: &str) -> bool {
    provider != Provider::Google.as_str()
}

/// Looks after those that were made a while before the round `began`, each once; what is not there any more vanishes here,
/// too.
///
/// # Errors
/// Those of the database; [`db::Error::NotFound`]: another process has the calendar by now.
pub(super) async fn ask(
    app: &App,
    provider: &Connected,
    calendar: &Calendar,
    (holder, round): (&str, &Round),
    began: Timestamp,
) -> Result<Tally> {
    if !can_be(&calendar.provider) {
        return Ok(Tally::default());
    }
    let (id, made) = (calendar.id.clone(), Instant::from(began - GRACE));
    let unheard = app.read_all(move |c| db::unheard::before(c, &id, made, MOST)).await?;
    let (mut there, mut gone) = (Vec::new(), Vec::new());
    let asking = std::time::Instant::now();
    for (name, at) in unheard {
        match provider.event(&calendar.remote_id, &name).await {
            Err(providers::Error::NotFound) => gone.push((name, at)),
            Err(
                error @ (providers::Error::TryLater { .. }
                | providers::Error::Quota { .. }
                | providers::Error::Unreachable { .. }
                | providers::Error::Reauthorize { .. }),
            ) => {
                tracing::info!(calendar = calendar.id, %error, "whether events of ours are still there is asked after the next round");
                break;
            }
            // From here on changes tell of it, or nothing does: of what lies beyond their window.
            Ok(_) | Err(_) => there.push((name, at)),
        }
        if asking.elapsed() > LONGEST {
            break;
        }
    }
    if there.is_empty() && gone.is_empty() {
        return Ok(Tally::default());
    }
    let place = Place::of(calendar);
    let (id, who, now) = (calendar.id.clone(), holder.to_owned(), app.now());
    let stamp = Stamp {
        round: round.number,
        now,
        pulled: true,
    };
    let progress = round.progress(app);
    let tally = app
        .write(move |c| {
            db::calendars::progress(c, &id, &who, &progress)?;
            db::outbox::lock(c, &TenantId::from_store(place.tenant.clone()), &id)?;
            for (name, at) in &there {
                db::unheard::settle(c, &id, name, *at)?;
            }
            let mut removed = Vec::new();
            for (name, at) in gone {
                if db::unheard::settle(c, &id, &name, at)? {
                    removed.push(name);
                }
            }
            let batch = Batch {
                removed,
                ..Batch::default()
            };
            let mut happened = rows::happened(&place, stamp);
            rows::write(c, &place, rows::ready(&place, batch), stamp, &mut happened)?;
            happened.finish(c)
        })
        .await?;
    app.feed.wake(&calendar.tenant_id);
    Ok(tally)
}
