//! What every handler, operation and job can reach. Time, chance and addresses come from here; only `main` and tests
//! decide what they really are.

use std::{ops::Deref, sync::Arc, time::Duration};

use db::{Conn, Database, reach::Level};
use jiff::Timestamp;
use providers::http::{Allow, Http};
use secrecy::ExposeSecret;
use tokio::sync::Semaphore;
use url::Url;

use crate::{
    api::{auth::Cache, limits::Limits},
    config::{Config, ConfigError},
    crypto::Vault,
    ops::access::Reach,
    telemetry::Metrics,
};

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The application. Cheap to clone.
#[derive(Clone)]
pub struct App {
    parts: Arc<Parts>,
    /// Whose eyes [`App::read`] has. In a handler those of the caller: that is where it gets the application from.
    reach: Reach,
}

/// What an [`App`] is made of.
pub struct Parts {
    /// What the operator decided.
    pub config: Config,
    /// What browsers see, ending in `/`.
    pub public_url: Url,
    /// Where providers reach us from outside, ending in `/`; `None`: nowhere.
    pub push_url: Option<Url>,
    /// Secrets at rest.
    pub vault: Arc<Vault>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The providers' way to the outside.
    pub http: Http,
    /// Who was seen a moment ago.
    pub auth: Cache,
    /// Who can be booked when, for those who ask again.
    pub worlds: crate::ops::availability::Kept,
    /// When calendars are busy, likewise.
    pub busy: crate::ops::free_busy::Kept,
    /// Who asks too often.
    pub limits: Limits,
    /// What is counted.
    pub metrics: Metrics,
    /// Who listens to what happens.
    pub feed: crate::feed::Feed,
    /// The ways out to people.
    pub post: crate::gateway::post::Post,
    /// What requests share about providers.
    pub gateway: crate::gateway::Shared,
    /// Who need not wait until they look again.
    pub nudges: Nudges,
    database: Database,
    reading: Arc<Semaphore>,
    writing: Arc<Semaphore>,
}

/// Workers of this process that are told when there is something to do. They look by themselves, too.
#[derive(Default)]
pub struct Nudges {
    /// Those who drain the outbox.
    pub outbox: tokio::sync::Notify,
    /// Who makes plans.
    pub plans: tokio::sync::Notify,
    /// Who applies them.
    pub operations: tokio::sync::Notify,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}

impl App {
    /// Opens the database and brings its schema up to date. Blocks.
    ///
    /// # Errors
    /// When the configuration cannot be used or the database does not answer.
    pub fn open(config: Config, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        let options = db::Options {
            connections: config.database_connections,
            timeout: config.database_timeout(),
            full_sync: config.full_sync,
        };
        let database = Database::open(config.database_url()?.expose_secret(), &options)
            .and_then(|database| database.migrate().map(|()| database))
            .map_err(|error| ConfigError(error.to_string()))?;
        let (readers, writers) = database.connections();
        let allow = allowed(&config.allow_addresses)?;
        let http = Http::new(providers::http::Options {
            allow,
            ..Default::default()
        })
        .map_err(|error| ConfigError(error.to_string()))?;
        let parts = Parts {
            public_url: config.public_url()?,
            push_url: config.push_url()?,
            vault: Arc::new(Vault::from_config(&config)?),
            http,
            auth: Cache::default(),
            worlds: crate::ops::availability::Kept::default(),
            busy: crate::ops::free_busy::Kept::default(),
            limits: Limits::new(&config),
            post: crate::gateway::post::Post::new(&config)?,
            metrics: Metrics::install(),
            feed: crate::feed::Feed::default(),
            gateway: crate::gateway::Shared::default(),
            nudges: Nudges::default(),
            database,
            // PostgreSQL's readers and writers share one pool; half of it is kept free of writers.
            reading: Arc::new(Semaphore::new(readers as usize)),
            writing: Arc::new(Semaphore::new(writers.div_ceil(2).max(1) as usize)),
            clock,
            config,
        };
        Ok(Self {
            parts: Arc::new(parts),
            reach: Reach::All,
        })
    }

    /// The same with the eyes of somebody.
    #[must_use]
    pub fn seen_by(&self, reach: Reach) -> Self {
        Self {
            parts: Arc::clone(&self.parts),
            reach,
        }
    }

    /// Whose eyes it has.
    pub const fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A number in 0..1.
    pub fn random(&self) -> f64 {
        rand::random()
    }

    /// Asks the database, off the async threads, first come first served: what its caller may see.
    ///
    /// # Errors
    /// What `ask` says, or [`db::Error::Unavailable`] when it takes too long to be served.
    pub async fn read<T, E>(&self, ask: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<db::Error> + Send + 'static,
    {
        match &self.reach {
            Reach::All => self.read_all(ask).await,
            Reach::Granted { person, least } => self.read_as(person, *least, false, ask).await,
        }
    }

    /// Asks with the eyes of one person: see [`db::reach`].
    ///
    /// # Errors
    /// As [`App::read`].
    pub async fn read_as<T, E>(
        &self,
        person: &str,
        least: Level,
        whole: bool,
        ask: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<db::Error> + Send + 'static,
    {
        let eyes = db::reach::Reach {
            person: person.to_owned(),
            least,
            whole,
        };
        self.blocking(&self.reading, move |database| database.read_as(&eyes, ask))
            .await
    }

    /// Asks for what no caller is told: to speak with providers, to know who somebody is.
    ///
    /// # Errors
    /// As [`App::read`].
    pub async fn read_all<T, E>(&self, ask: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<db::Error> + Send + 'static,
    {
        self.blocking(&self.reading, move |database| database.read(ask)).await
    }

    /// Runs `change` in one transaction, off the async threads, first come first served. It sees everything: whether its
    /// caller may change what they name was asked before ([`crate::api::reach`]).
    ///
    /// # Errors
    /// What `change` says (then nothing was written), or [`db::Error::Unavailable`].
    pub async fn write<T, E>(&self, change: impl FnOnce(&mut Conn) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<db::Error> + Send + 'static,
    {
        self.blocking(&self.writing, move |database| database.write(change))
            .await
    }

    /// The database itself, for commands that may block.
    pub fn database(&self) -> &Database {
        &self.database
    }

    async fn blocking<T, E>(
        &self,
        gate: &Arc<Semaphore>,
        work: impl FnOnce(&Database) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<db::Error> + Send + 'static,
    {
        let permit = match tokio::time::timeout(GATE, Arc::clone(gate).acquire_owned()).await {
            Ok(Ok(permit)) => permit,
            _ => {
                return Err(db::Error::Unavailable("too many requests are waiting for the database".to_owned()).into());
            }
        };
        let database = self.database.clone();
        let span = tracing::Span::current();
        let task = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            span.in_scope(|| work(&database))
        });
        task.await
            .unwrap_or_else(|error| Err(db::Error::Other(format!("a query was interrupted: {error}")).into()))
    }
}

/// How long a request waits in line for the database.
const GATE: Duration = Duration::from_secs(5);

fn allowed(list: &str) -> Result<Vec<Allow>, ConfigError> {
    list.split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(|item| item.parse().map_err(ConfigError))
        .collect()
}
