//! Who asks too often: by address and account at the door, by key and tenant behind it.

use std::{num::NonZeroU32, time::Duration};

use actix_web::{
    HttpRequest,
    http::header::{HeaderName, HeaderValue},
};
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};

use crate::{
    api::{
        auth::{Actor, Identity},
        edge,
        problem::{Code, Problem},
    },
    config::{Config, Switch},
};

type Informed = RateLimiter<String, DefaultKeyedStateStore<String>, DefaultClock, StateInformationMiddleware>;

/// The limits of this process.
pub struct Limits(Option<Box<Buckets>>);

struct Buckets {
    trust_proxy: bool,
    door_by_address: DefaultKeyedRateLimiter<String>,
    door_by_account: DefaultKeyedRateLimiter<String>,
    hooks_by_address: DefaultKeyedRateLimiter<String>,
    strays_by_address: DefaultKeyedRateLimiter<String>,
    visitors_by_address: DefaultKeyedRateLimiter<String>,
    visitors_by_client: DefaultKeyedRateLimiter<String>,
    visits_by_address: DefaultKeyedRateLimiter<String>,
    visits_by_client: DefaultKeyedRateLimiter<String>,
    by_actor: Informed,
    by_tenant: Informed,
    clock: DefaultClock,
}

const fn per(count: u32) -> NonZeroU32 {
    match NonZeroU32::new(count) {
        Some(count) => count,
        None => NonZeroU32::MIN,
    }
}

/// Requests per second and at once, by key or person.
const ACTOR: (u32, u32) = (100, 1000);
/// The same by tenant.
const TENANT: (u32, u32) = (300, 3000);
/// Messages of providers, by address: they send from a few for all accounts.
const HOOKS: (u32, u32) = (200, 5000);
/// Messages that were not one of ours, by address: an honest sender has few.
const STRAYS: (u32, u32) = (1, 60);

/// Requests of the public, by address: a person who looks through the weeks.
const VISITORS: (u32, u32) = (5, 120);
/// The same by client: all who look at one page.
const VISITORS_OF: (u32, u32) = (50, 500);
/// Writes of the public in a minute, by address: a person books, moves, cancels.
const VISITS: u32 = 10;
/// The same by client.
const VISITS_OF: u32 = 60;

impl Limits {
    /// As configured.
    pub fn new(config: &Config) -> Self {
        if config.rate_limit == Switch::Off {
            return Self(None);
        }
        let quota = |(rate, burst)| Quota::per_second(per(rate)).allow_burst(per(burst));
        Self(Some(Box::new(Buckets {
            trust_proxy: config.trust_proxy,
            door_by_address: RateLimiter::keyed(Quota::per_minute(per(30))),
            door_by_account: RateLimiter::keyed(Quota::per_minute(per(10))),
            hooks_by_address: RateLimiter::keyed(quota(HOOKS)),
            strays_by_address: RateLimiter::keyed(quota(STRAYS)),
            visitors_by_address: RateLimiter::keyed(quota(VISITORS)),
            visitors_by_client: RateLimiter::keyed(quota(VISITORS_OF)),
            visits_by_address: RateLimiter::keyed(Quota::per_minute(per(VISITS))),
            visits_by_client: RateLimiter::keyed(Quota::per_minute(per(VISITS_OF))),
            by_actor: RateLimiter::keyed(quota(ACTOR)).with_middleware(),
            by_tenant: RateLimiter::keyed(quota(TENANT)).with_middleware(),
            clock: DefaultClock::default(),
        })))
    }

    /// Before a password is looked at. The account counts whether it exists or not.
    ///
    /// # Errors
    /// 429.
    pub fn door(&self, request: &HttpRequest, account: &str) -> Result<(), Problem> {
        let Some(buckets) = &self.0 else { return Ok(()) };
        let now = buckets.clock.now();
        buckets
            .door_by_address
            .check_key(&address(request, buckets.trust_proxy))
            .map_err(|until| too_many(until.wait_time_from(now)))?;
        buckets
            .door_by_account
            .check_key(&account.to_lowercase())
            .map_err(|until| too_many(until.wait_time_from(now)))
    }

    /// Before a provider's message is looked at.
    ///
    /// # Errors
    /// 429.
    pub fn hook(&self, request: &HttpRequest) -> Result<(), Problem> {
        let Some(buckets) = &self.0 else { return Ok(()) };
        let sender = address(request, buckets.trust_proxy);
        buckets
            .hooks_by_address
            .check_key(&sender)
            .map_err(|until| too_many(until.wait_time_from(buckets.clock.now())))
    }

    /// After a message that was not one of ours.
    ///
    /// # Errors
    /// 429.
    pub fn stray(&self, request: &HttpRequest) -> Result<(), Problem> {
        let Some(buckets) = &self.0 else { return Ok(()) };
        let sender = address(request, buckets.trust_proxy);
        buckets
            .strays_by_address
            .check_key(&sender)
            .map_err(|until| too_many(until.wait_time_from(buckets.clock.now())))
    }

    /// A request of the public, before anything is looked up.
    ///
    /// # Errors
    /// 429.
    pub fn visitor(&self, request: &HttpRequest, writes: bool) -> Result<(), Problem> {
        let Some(buckets) = &self.0 else { return Ok(()) };
        let (now, sender) = (buckets.clock.now(), address(request, buckets.trust_proxy));
        if writes {
            let written = buckets.visits_by_address.check_key(&sender);
            written.map_err(|until| too_many(until.wait_time_from(now)))?;
        }
        let seen = buckets.visitors_by_address.check_key(&sender);
        seen.map_err(|until| too_many(until.wait_time_from(now)))
    }

    /// The same, when it is known whose page they mean.
    ///
    /// # Errors
    /// 429.
    pub fn visitor_of(&self, client: &str, writes: bool) -> Result<(), Problem> {
        let Some(buckets) = &self.0 else { return Ok(()) };
        let (now, client) = (buckets.clock.now(), client.to_owned());
        if writes {
            let written = buckets.visits_by_client.check_key(&client);
            written.map_err(|until| too_many(until.wait_time_from(now)))?;
        }
        let seen = buckets.visitors_by_client.check_key(&client);
        seen.map_err(|until| too_many(until.wait_time_from(now)))
    }

    /// A request of a known caller.
    ///
    /// # Errors
    /// 429.
    pub fn caller(&self, identity: &Identity) -> Result<(), Problem> {
        let Some(buckets) = &self.0 else { return Ok(()) };
        let actor = match &identity.actor {
            Actor::User(id) | Actor::Key(id) => id,
        };
        let now = buckets.clock.now();
        let left = buckets.by_actor.check_key(actor).map_err(|until| {
            headers(0);
            too_many(until.wait_time_from(now))
        })?;
        headers(left.remaining_burst_capacity());
        buckets
            .by_tenant
            .check_key(&identity.tenant.as_str().to_owned())
            .map_err(|until| too_many(until.wait_time_from(now)))?;
        Ok(())
    }

    /// Forgets who has been quiet.
    pub fn tidy(&self) {
        if let Some(buckets) = &self.0 {
            buckets.door_by_address.retain_recent();
            buckets.door_by_account.retain_recent();
            buckets.hooks_by_address.retain_recent();
            buckets.strays_by_address.retain_recent();
            for visitors in [
                &buckets.visitors_by_address,
                &buckets.visitors_by_client,
                &buckets.visits_by_address,
                &buckets.visits_by_client,
            ] {
                visitors.retain_recent();
            }
            buckets.by_actor.retain_recent();
            buckets.by_tenant.retain_recent();
        }
    }
}

fn headers(left: u32) {
    let (rate, burst) = ACTOR;
    let refill = burst.saturating_sub(left).div_ceil(rate);
    edge::add_header(
        HeaderName::from_static("ratelimit-policy"),
        HeaderValue::from_static("\"caller\";q=1000;w=10"),
    );
    if let Ok(value) = HeaderValue::from_str(&format!("\"caller\";r={left};t={refill}")) {
        edge::add_header(HeaderName::from_static("ratelimit"), value);
    }
}

fn too_many(wait: Duration) -> Problem {
    let seconds = wait.as_secs() + 1;
    Problem::new(Code::RateLimited, format!("Too many requests: wait {seconds} s.")).retry_after(seconds)
}

/// Behind our own proxy its last entry is the caller; what stands before it the caller may have made up.
fn address(request: &HttpRequest, trust_proxy: bool) -> String {
    let forwarded = || {
        request
            .headers()
            .get("x-forwarded-for")?
            .to_str()
            .ok()?
            .rsplit(',')
            .next()
            .map(|text| text.trim().to_owned())
    };
    trust_proxy
        .then(forwarded)
        .flatten()
        .or_else(|| request.peer_addr().map(|peer| peer.ip().to_string()))
        .unwrap_or_default()
}
