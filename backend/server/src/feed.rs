//! Tells listeners of this process that something happened in a tenant, whichever process did it.
//!
//! The truth is the tenant's counter in the database. While somebody listens, one poller per tenant looks at it every
//! second; a commit of this process wakes it at once. What happened is then read by each listener from its own position,
//! so nothing is kept here that a crash could lose or that a slow listener could fill.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::id::TenantId;
use tokio::sync::{Notify, watch};

use crate::state::App;

/// How often the counter is looked at while somebody listens.
const POLL: Duration = Duration::from_secs(1);

/// Streams one session or key may hold open in one process.
pub const PLACES: usize = 10;

/// Streams one process holds open.
const ALL_PLACES: usize = 2_000;

/// Who listens in this process.
#[derive(Default)]
pub struct Feed {
    topics: Mutex<HashMap<String, Arc<Topic>>>,
    places: Arc<Mutex<HashMap<String, usize>>>,
    closing: watch::Sender<bool>,
}

/// A tenant somebody listens to.
struct Topic {
    last: watch::Sender<i64>,
    nudge: Notify,
}

/// The right to hold a stream open; given back when dropped.
pub struct Place {
    who: String,
    places: Arc<Mutex<HashMap<String, usize>>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = lock(&self.places);
        if let Some(count) = places.get_mut(&self.who) {
            *count -= 1;
            if *count == 0 {
                places.remove(&self.who);
            }
        }
    }
}

impl Feed {
    /// Something was committed in this tenant: listeners hear of it now instead of within a second. Costs nothing when
    /// nobody listens.
    pub fn wake(&self, tenant: &str) {
        if let Some(topic) = lock(&self.topics).get(tenant) {
            topic.nudge.notify_one();
        }
    }

    /// The last number given out in the tenant, as it grows.
    pub fn listen(&self, app: &App, tenant: &TenantId) -> watch::Receiver<i64> {
        let mut topics = lock(&self.topics);
        if let Some(topic) = topics.get(tenant.as_str()) {
            return topic.last.subscribe();
        }
        let (last, listener) = watch::channel(-1);
        let topic = Arc::new(Topic {
            last,
            nudge: Notify::new(),
        });
        topics.insert(tenant.as_str().to_owned(), Arc::clone(&topic));
        tokio::spawn(poll(app.clone(), tenant.clone(), topic));
        listener
    }

    /// A place for one more stream; `None`: this session or key, or the process, has enough.
    pub fn place(&self, who: &str) -> Option<Place> {
        let mut places = lock(&self.places);
        if places.get(who).copied().unwrap_or(0) >= PLACES || places.values().sum::<usize>() >= ALL_PLACES {
            return None;
        }
        *places.entry(who.to_owned()).or_default() += 1;
        Some(Place {
            who: who.to_owned(),
            places: Arc::clone(&self.places),
        })
    }

    /// The service stops: streams end, so that it need not wait for them.
    pub fn close(&self) {
        self.closing.send_replace(true);
    }

    /// Becomes true when the service stops.
    pub fn closing(&self) -> watch::Receiver<bool> {
        self.closing.subscribe()
    }
}

/// Looks at the counter until nobody listens any more.
async fn poll(app: App, tenant: TenantId, topic: Arc<Topic>) {
    loop {
        let asked = tenant.clone();
        match app.read_all(move |c| db::changes::last(c, &asked)).await {
            Ok(now) => {
                topic.last.send_if_modified(|last| std::mem::replace(last, now) != now);
            }
            Err(error) => tracing::debug!(%error, "the feed could not be looked at"),
        }
        tokio::select! {
            () = tokio::time::sleep(POLL) => {}
            () = topic.nudge.notified() => {}
        }
        // Under the lock: whoever comes now begins a new topic.
        let mut topics = lock(&app.feed.topics);
        if topic.last.receiver_count() == 0 {
            topics.remove(tenant.as_str());
            return;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
