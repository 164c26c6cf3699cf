//! The door to the database: which of the two it is, who may write, and what a transaction is.
//!
//! SQLite: one writer, several readers that cannot write; a write begins IMMEDIATE, because a deferred transaction that
//! turns from reading to writing fails as soon as somebody else wrote. PostgreSQL: one pool; lock a row by updating it.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use diesel::{
    Connection, PgConnection, RunQueryDsl, SqliteConnection,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
};
use r2d2::{ManageConnection, Pool};

use crate::{
    Error, Result,
    reach::{self, Eyes, Reach},
};

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// PostgreSQL 13 or newer.
    Postgres(PgConnection),
    /// SQLite 3.35 or newer, compiled in.
    Sqlite(SqliteConnection),
}

/// The same expression for each database, with the connection as its own type: for what the common one cannot say
/// (`ON CONFLICT`, several rows at once).
#[macro_export]
macro_rules! each_backend {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn {
            $crate::Conn::Postgres($c) => $body,
            $crate::Conn::Sqlite($c) => $body,
        }
    };
}

/// How to open a database.
#[derive(Debug, Clone)]
pub struct Options {
    /// PostgreSQL: connections in all. SQLite: readers beside the one writer.
    pub connections: u32,
    /// How long to wait for a connection or for SQLite's lock.
    pub timeout: Duration,
    /// SQLite: `synchronous=FULL`: also the last commits survive a power cut, at half the write speed.
    pub full_sync: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connections: 8,
            timeout: Duration::from_secs(5),
            full_sync: false,
        }
    }
}

/// A database that answers. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    readers: Pool<Manager>,
    /// Readers that see what one person may.
    narrowed: Pool<Manager>,
    writers: Pool<Manager>,
    shared: Arc<Shared>,
}

struct Shared {
    url: String,
    connections: u32,
    sqlite: bool,
}

impl Database {
    /// Opens `sqlite://path`, a bare path, or `postgres://…`. Makes SQLite's file and folder when missing.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub fn open(url: &str, options: &Options) -> Result<Self> {
        let sqlite = !(url.starts_with("postgres://") || url.starts_with("postgresql://"));
        let manager = |role| Manager {
            url: url.to_owned(),
            role,
            options: options.clone(),
        };
        let pool = |role, size: u32| {
            let narrowed = matches!(role, Role::SqliteNarrowed | Role::PostgresNarrowed);
            Pool::builder()
                .max_size(size)
                // Nobody may need a narrowed one; and its views want the schema that the migrations make.
                .min_idle(Some(u32::from(!narrowed)))
                // Asks only connections that were quiet, see `is_valid`.
                .test_on_check_out(true)
                .connection_timeout(options.timeout)
                .error_handler(Box::new(Quiet))
                .build(manager(role))
        };
        let (writers, readers, narrowed) = if sqlite {
            if let Some(folder) = Path::new(sqlite_path(url))
                .parent()
                .filter(|folder| !folder.as_os_str().is_empty())
            {
                std::fs::create_dir_all(folder)
                    .map_err(|error| Error::Unavailable(format!("{}: {error}", folder.display())))?;
            }
            // The writer first: it makes the file and turns WAL on.
            let writers = pool(Role::SqliteWriter, 1)?;
            drop(writers.get()?);
            (
                writers,
                pool(Role::SqliteReader, options.connections)?,
                pool(Role::SqliteNarrowed, options.connections)?,
            )
        } else {
            let both = pool(Role::Postgres, options.connections)?;
            (both.clone(), both, pool(Role::PostgresNarrowed, options.connections)?)
        };
        let shared = Shared {
            url: url.to_owned(),
            connections: options.connections,
            sqlite,
        };
        Ok(Self {
            readers,
            narrowed,
            writers,
            shared: Arc::new(shared),
        })
    }

    /// Brings the schema up to date. Safe when several processes start at once.
    ///
    /// # Errors
    /// [`Error::Unavailable`], or [`Error::Other`] with the migration that failed.
    pub fn migrate(&self) -> Result<()> {
        crate::migrate::run(&mut self.writers.get()?.conn)
    }

    /// Asks without changing anything. Several statements may see different states.
    ///
    /// # Errors
    /// What `ask` says, or [`Error::Unavailable`] when no connection came free in time.
    pub fn read<T, E: From<Error>>(
        &self,
        ask: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut held = self.readers.get().map_err(Error::from)?;
        let answer = ask(&mut held.conn);
        if answer.is_err() {
            held.suspect();
        }
        answer
    }

    /// Asks with the eyes of one person: what they may not see is not there. See [`crate::reach`].
    ///
    /// # Errors
    /// As [`Database::read`].
    pub fn read_as<T, E: From<Error>>(
        &self,
        reach: &Reach,
        ask: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut held = self.narrowed.get().map_err(Error::from)?;
        let answer = Eyes::open(&mut held.conn, reach)
            .map_err(E::from)
            .and_then(|_eyes| ask(&mut held.conn));
        if answer.is_err() {
            held.suspect();
        }
        answer
    }

    /// Runs `change` in one transaction: all of it or nothing. Speak to nobody outside in it.
    ///
    /// # Errors
    /// What `change` says (then nothing was written), or what the commit says.
    pub fn write<T, E: From<Error>>(
        &self,
        change: impl FnOnce(&mut Conn) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        let mut held = self.writers.get().map_err(Error::from)?;
        if let Err(error) = begin(&mut held.conn) {
            held.suspect();
            return Err(error.into());
        }
        match change(&mut held.conn) {
            Ok(value) => match commit(&mut held.conn) {
                Ok(()) => Ok(value),
                Err(error) => {
                    held.suspect();
                    Err(error.into())
                }
            },
            Err(error) => {
                // The first error is the one worth telling; a connection that cannot roll back leaves the pool.
                if let Err(second) = rollback(&mut held.conn) {
                    tracing::warn!(error = %second, "rollback failed");
                }
                held.suspect();
                Err(error)
            }
        }
    }

    /// Whether it is SQLite.
    pub fn is_sqlite(&self) -> bool {
        self.shared.sqlite
    }

    /// How many readers can work at once; and writers: one on SQLite, else they share the same connections.
    pub fn connections(&self) -> (u32, u32) {
        (
            self.shared.connections,
            if self.shared.sqlite { 1 } else { self.shared.connections },
        )
    }

    /// Where it is, without a password.
    pub fn address(&self) -> String {
        match self.shared.url.rsplit_once('@') {
            Some((_, host)) => format!("postgres://…@{host}"),
            None => self.shared.url.clone(),
        }
    }
}

/// Whether the database answers.
///
/// # Errors
/// [`Error::Unavailable`].
pub fn ping(conn: &mut Conn) -> Result<()> {
    diesel::select(diesel::dsl::sql::<diesel::sql_types::Integer>("1")).get_result::<i32>(conn)?;
    Ok(())
}

fn begin(conn: &mut Conn) -> Result<()> {
    match conn {
        Conn::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, "BEGIN IMMEDIATE")?,
        Conn::Postgres(c) => AnsiTransactionManager::begin_transaction(c)?,
    }
    Ok(())
}

fn commit(conn: &mut Conn) -> Result<()> {
    each_backend!(conn, |c| AnsiTransactionManager::commit_transaction(c))?;
    Ok(())
}

fn rollback(conn: &mut Conn) -> Result<()> {
    each_backend!(conn, |c| AnsiTransactionManager::rollback_transaction(c))?;
    Ok(())
}

fn sqlite_path(url: &str) -> &str {
    url.strip_prefix("sqlite://")
        .or_else(|| url.strip_prefix("sqlite:"))
        .unwrap_or(url)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Postgres,
    PostgresNarrowed,
    SqliteReader,
    SqliteNarrowed,
    SqliteWriter,
}

/// diesel's own manager for such an enum tries PostgreSQL first and then opens a *file* called `postgres://…`.
struct Manager {
    url: String,
    role: Role,
    options: Options,
}

/// A connection in the pool. After a restart of PostgreSQL its old connections are dead without diesel noticing.
struct Held {
    conn: Conn,
    dead: bool,
    used: Instant,
}

/// How long a connection is believed to live without being asked.
const TRUSTED: Duration = Duration::from_secs(1);

impl Held {
    fn new(conn: Conn) -> Self {
        Self {
            conn,
            dead: false,
            used: Instant::now(),
        }
    }

    fn answers(&mut self) -> Result<()> {
        each_backend!(&mut self.conn, |c| c.batch_execute("SELECT 1"))?;
        self.used = Instant::now();
        Ok(())
    }

    /// After an error: finds out whether the connection is to blame.
    fn suspect(&mut self) {
        self.dead = matches!(self.conn, Conn::Postgres(_)) && self.answers().is_err();
    }
}

impl ManageConnection for Manager {
    type Connection = Held;
    type Error = Error;

    fn connect(&self) -> Result<Held> {
        let wait = self.options.timeout.as_millis();
        match self.role {
            Role::Postgres | Role::PostgresNarrowed => {
                let mut c = PgConnection::establish(&self.url)?;
                c.batch_execute(
                    "SET TIME ZONE 'UTC'; SET statement_timeout = '30s'; SET client_min_messages = 'warning'",
                )?;
                if self.role == Role::PostgresNarrowed {
                    reach::narrow_postgres(&mut c)?;
                }
                Ok(Held::new(Conn::Postgres(c)))
            }
            role => {
                let mut c = SqliteConnection::establish(sqlite_path(&self.url))?;
                let sync = if self.options.full_sync { "FULL" } else { "NORMAL" };
                // busy_timeout first: turning WAL on needs the lock.
                c.batch_execute(&format!("PRAGMA busy_timeout = {wait}"))?;
                if role == Role::SqliteWriter {
                    c.batch_execute("PRAGMA journal_mode = WAL")?;
                }
                c.batch_execute(&format!(
                    "PRAGMA synchronous = {sync}; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY"
                ))?;
                if role == Role::SqliteNarrowed {
                    reach::narrow_sqlite(&mut c)?;
                }
                if role != Role::SqliteWriter {
                    // Reading through the page cache of the machine costs a long list an eighth less than copying.
                    c.batch_execute("PRAGMA query_only = ON; PRAGMA mmap_size = 268435456")?;
                }
                Ok(Held::new(Conn::Sqlite(c)))
            }
        }
    }

    fn is_valid(&self, held: &mut Held) -> Result<()> {
        if matches!(held.conn, Conn::Sqlite(_)) || held.used.elapsed() < TRUSTED {
            held.used = Instant::now();
            return Ok(());
        }
        held.answers()
    }

    fn has_broken(&self, held: &mut Held) -> bool {
        held.dead
            || std::thread::panicking()
            || each_backend!(&mut held.conn, |c| {
                AnsiTransactionManager::is_broken_transaction_manager(c)
            })
    }
}

/// r2d2 retries by itself; what finally fails is told by the caller.
#[derive(Debug)]
struct Quiet;

impl r2d2::HandleError<Error> for Quiet {
    fn handle_error(&self, error: Error) {
        tracing::debug!(%error, "no new connection");
    }
}
