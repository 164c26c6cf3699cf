//! Places where a test may end the process, as a crash would: `CALENDAR_STACKER_CRASH_AT=name` or `name:3` for the third
//! time. Only in debug builds; a release build has no such places.

#[cfg(debug_assertions)]
mod armed {
    use std::sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    };

    struct Trap {
        name: String,
        left: AtomicU32,
    }

    fn trap() -> Option<&'static Trap> {
        static TRAP: OnceLock<Option<Trap>> = OnceLock::new();
        TRAP.get_or_init(|| {
            let text = std::env::var("CALENDAR_STACKER_CRASH_AT").ok()?;
            let (name, count) = text.split_once(':').unwrap_or((&text, "1"));
            Some(Trap {
                name: name.to_owned(),
                left: AtomicU32::new(count.parse().unwrap_or(1)),
            })
        })
        .as_ref()
    }

    pub fn point(name: &str) {
        let Some(trap) = trap().filter(|trap| trap.name == name) else {
            return;
        };
        if trap.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            // No destructor runs and nothing is flushed: the process is gone.
            std::process::abort();
        }
    }
}

/// Ends the process here, if a test says so.
#[cfg(debug_assertions)]
pub fn point(name: &str) {
    armed::point(name);
}

/// Nothing.
#[cfg(not(debug_assertions))]
pub const fn point(_name: &str) {}
