//! Random lives: people write here and at the provider at the same time, calls fail in every way the provider's do,
//! several workers drain, hours go by. In the end both sides say the same, and nothing that was acknowledged is lost
//! without a word. One life is lived over Google, the next over Microsoft.
//!
//! Lives of a thousand steps are lived side by side, each with a seed of its own (an even one is Google's):
//! `CALENDAR_STACKER_MODEL_SEED` is the first one, `CALENDAR_STACKER_MODEL_STEPS` how many steps all have together. Whoever
//! fails says how to repeat its life. What happens in one batch happens at once, so a seed repeats the steps and not their
//! order within a batch.

use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, resume_unwind},
    time::{Duration, Instant},
};

use calendar_stacker::gateway::push;
use futures_util::{FutureExt, StreamExt, future::join_all, stream};
use jiff::SignedDuration;
use serde_json::Value;

use crate::{
    google::{ANN, BOB},
    harness::tell,
};

mod acts;
mod faults;
mod judge;
pub mod sides;
pub mod words;

use faults::{KINDS, kinds, tally};
use sides::{One, Side};
use words::{Dice, FIELDS, Field, Known, Step, WINDOW};

pub const CY: &str = "cy@example.org";

/// How many seconds a call to the provider is waited for.
const DEADLINE: u64 = 2;

/// How long a life is: a longer one is slower by the step and meets no more.
const LIFE: u64 = 1_000;

/// How many lives are lived at once: much of a life is waiting.
const AT_ONCE: usize = 5;

pub struct Life {
    pub side: Side,
    pub accounts: Vec<One>,
    dice: Dice,
    events: Vec<Known>,
    counts: BTreeMap<&'static str, usize>,
    revoked: BTreeSet<usize>,
    /// Whether the provider tells us of changes: every third life. The others find them by asking.
    told: bool,
    /// Steps so far, and the batches they came in.
    steps: usize,
    batches: usize,
}

impl Life {
    pub async fn begin(side: Side, seed: u64) -> Self {
        let mut accounts = Vec::new();
        for (email, policy) in [(ANN, "ours"), (BOB, "theirs"), (CY, "ask")] {
            accounts.push(side.connect(email, policy).await);
        }
        let life = Self {
            side,
            accounts,
            dice: Dice(seed),
            events: Vec::new(),
            counts: BTreeMap::new(),
            revoked: BTreeSet::new(),
            told: seed.is_multiple_of(3),
            steps: 0,
            batches: 0,
        };
        life.watch().await;
        life
    }

    pub async fn live(&mut self, steps: usize) {
        let last = self.steps + steps;
        while self.steps < last {
            self.batches += 1;
            let (batch, many) = (self.batches, 1 + self.dice.roll(6));
            let numbers = self.steps + 1..=self.steps + many;
            let plan: Vec<(usize, Step)> = numbers.map(|number| (number, self.step())).collect();
            self.steps += many;
            for (_, step) in &plan {
                let text = format!("{step:?}");
                let name: &'static str = match text.split([' ', '(']).next().unwrap() {
                    "Fault" => "faults",
                    "Drain" | "Pull" => "drains and pulls",
                    "Later" => "hours",
                    "CreateThere" | "EditThere" | "DeleteThere" | "OccurrenceThere" => "writes there",
                    "CreateHere" | "EditHere" | "DeleteHere" | "Occurrence" => "writes here",
                    _ => "others",
                };
                *self.counts.entry(name).or_default() += 1;
            }
            let this = &*self;
            let done = join_all(plan.iter().map(|(number, step)| this.act(batch, *number, step))).await;
            for done in done {
                self.remember(batch, done);
            }
        }
    }

    pub async fn pages(&self, path: &str) -> Vec<Value> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let body = self.side.owner().get(&format!("{path}{cursor}")).await.ok(200).body;
            all.extend(body["data"].as_array().unwrap().clone());
            match body["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all,
            }
        }
    }

    /// Faults are over: everything is written, everything is read.
    pub async fn quiet(&self) {
        self.side.clear_faults();
        self.answered().await;
        for _ in 0..60 {
            self.side.later(SignedDuration::from_hours(7));
            self.reconnect().await;
            push::drain_all(&self.side.app().app).await.unwrap();
            for one in &self.accounts {
                self.side.sync(&one.calendar).await;
            }
            let waiting = self.pages("/mappings?limit=500").await;
            if waiting.is_empty() {
                return;
            }
            let failed: Vec<&Value> = waiting.iter().filter(|one| one["state"] == "failed").collect();
            assert!(
                failed.is_empty(),
                "{} refuses what it should not: {failed:#?}",
                self.side.name()
            );
        }
        panic!("never quiet: {:#?}", self.pages("/mappings?limit=500").await);
    }

    /// The provider carries out some calls when nobody waits for them any more.
    async fn answered(&self) {
        let open = || {
            self.side
                .journal()
                .into_iter()
                .find(|call| call.status.is_none() && call.faults.is_empty())
        };
        let begun = Instant::now();
        while let Some(call) = open() {
            assert!(begun.elapsed() < Duration::from_secs(10), "never answered: {call:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Accounts that say that they need it are connected again.
    async fn reconnect(&self) {
        for one in &self.accounts {
            let path = format!("/credentials/{}", one.credential);
            let status = self.side.owner().get(&path).await.ok(200).text("status");
            if status != "valid" && status != "expiring" && status != "error" {
                let place = self.side.consent(one).await;
                assert!(place.ends_with("result=connected"), "{status}: {place}");
            }
        }
    }
}

/// What a life leaves.
struct Left {
    side: &'static str,
    writes: usize,
    conflicts: usize,
    steps: BTreeMap<&'static str, usize>,
    faults: BTreeMap<&'static str, usize>,
}

async fn whole(seed: u64, steps: u64) -> Left {
    let side = if seed.is_multiple_of(2) {
        Side::google().await
    } else {
        Side::microsoft().await
    };
    let mut life = Life::begin(side, seed).await;
    life.live(usize::try_from(steps).unwrap()).await;
    life.quiet().await;
    let mut faults = BTreeMap::new();
    tally(&life.side.journal(), &mut faults);
    let (writes, conflicts) = life.judge().await;
    // And when everything is listed anew nothing changes.
    let mut before = Vec::new();
    for account in 0..3 {
        before.push(life.mirror(account).await);
    }
    life.side.expire_rounds();
    life.quiet().await;
    for (account, before) in before.into_iter().enumerate() {
        assert_eq!(life.mirror(account).await, before);
    }
    Left {
        side: life.side.name(),
        writes,
        conflicts,
        steps: life.counts,
        faults,
    }
}

pub fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_sides_and_all_faults_end_in_agreement() {
    let seed = number("CALENDAR_STACKER_MODEL_SEED", 20_261_101);
    let steps = number("CALENDAR_STACKER_MODEL_STEPS", 10_000);
    tell(&format!(
        "model: CALENDAR_STACKER_MODEL_SEED={seed} CALENDAR_STACKER_MODEL_STEPS={steps}"
    ));
    let begun = Instant::now();
    let lives = (0..steps.div_ceil(LIFE)).map(|n| async move {
        let (seed, steps) = (seed + n, LIFE.min(steps - n * LIFE));
        AssertUnwindSafe(whole(seed, steps))
            .catch_unwind()
            .await
            .unwrap_or_else(|failure| {
                tell(&format!(
                    "model: to repeat it: CALENDAR_STACKER_MODEL_SEED={seed} CALENDAR_STACKER_MODEL_STEPS={steps}"
                ));
                resume_unwind(failure)
            })
    });
    let lives: Vec<Left> = stream::iter(lives).buffer_unordered(AT_ONCE).collect().await;
    for name in ["Google", "Microsoft"] {
        let of_it: Vec<&Left> = lives.iter().filter(|life| life.side == name).collect();
        let sum = |of: fn(&Left) -> &BTreeMap<&'static str, usize>| {
            let mut all = BTreeMap::new();
            for (kind, many) in of_it.iter().flat_map(|life| of(life)) {
                *all.entry(*kind).or_insert(0) += many;
            }
            all
        };
        let (done, faults) = (sum(|life| &life.steps), sum(|life| &life.faults));
        tell(&format!(
            "model: over {name} {} steps in {} lives, {done:?}: {} acknowledged writes of single events, {} conflicts",
            done.values().sum::<usize>(),
            of_it.len(),
            of_it.iter().map(|life| life.writes).sum::<usize>(),
            of_it.iter().map(|life| life.conflicts).sum::<usize>(),
        ));
        let met: Vec<String> = faults.iter().map(|(kind, many)| format!("{kind} {many}")).collect();
        tell(&format!("model: faults met at {name}: {}", met.join(", ")));
        if steps >= 10_000 {
            for kind in kinds(name) {
                assert!(faults.contains_key(kind), "no life over {name} met this: {kind}");
            }
        }
    }
    tell(&format!("model: {steps} steps in {} s", begun.elapsed().as_secs()));
    for kind in KINDS.iter().filter(|_| steps >= 10_000) {
        assert!(
            lives.iter().any(|life| life.faults.contains_key(kind)),
            "no life met this: {kind}"
        );
    }
}
