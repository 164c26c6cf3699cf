//! How many calls may be under way at one account at once, where its provider counts them.

use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};

/// The places of one account, shared by all its clients. Who finds none waits, first come, first served; those who can wait
/// leave one to others, so that no write stands behind a long row of reads.
#[derive(Debug)]
pub struct Places {
    all: Semaphore,
    of_patient: Semaphore,
}

/// A place, free again when this is dropped.
pub(super) struct Place<'a> {
    _of_patient: Option<SemaphorePermit<'a>>,
    _one: Option<SemaphorePermit<'a>>,
}

impl Places {
    /// So many, but one at least.
    pub fn new(count: usize) -> Arc<Self> {
        let count = count.max(1);
        Arc::new(Self {
            all: Semaphore::new(count),
            of_patient: Semaphore::new((count - 1).max(1)),
        })
    }

    pub(super) async fn take(&self, patient: bool) -> Place<'_> {
        // Nobody closes them, so a permit always comes.
        let of_patient = if patient {
            self.of_patient.acquire().await.ok()
        } else {
            None
        };
        Place {
            _of_patient: of_patient,
            _one: self.all.acquire().await.ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn the_patient_leave_a_place_and_nobody_exceeds_them_all() {
        let places = Places::new(4);
        let patient: Vec<_> = (0..5).filter_map(|_| places.take(true).now_or_never()).collect();
        assert_eq!(patient.len(), 3);
        let last = places.take(false).now_or_never();
        assert!(last.is_some(), "a place was left");
        assert!(places.take(false).now_or_never().is_none(), "four are all there are");
        drop(patient);
        assert!(places.take(true).now_or_never().is_some());
    }

    #[test]
    fn of_a_single_place_everybody_has_a_turn() {
        let places = Places::new(0);
        assert!(places.take(true).now_or_never().is_some());
        assert!(places.take(false).now_or_never().is_some());
    }
}
