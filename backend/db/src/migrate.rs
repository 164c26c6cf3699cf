//! Brings the schema up to date: two folders of migrations with the same names, compiled in.

use diesel::connection::SimpleConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::{Conn, Error, Result};

const SQLITE: EmbeddedMigrations = embed_migrations!("../../migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("../../migrations/postgres");

/// An arbitrary number that all our processes lock while they migrate.
const LOCK: i64 = 0x0ca1_e5da_57ac;

pub fn run(conn: &mut Conn) -> Result<()> {
    match conn {
        Conn::Postgres(c) => {
            c.batch_execute(&format!("SET statement_timeout = 0; SELECT pg_advisory_lock({LOCK})"))?;
            let done = c
                .run_pending_migrations(POSTGRES)
                .map(|_| ())
                .map_err(|error| Error::Other(error.to_string()));
            c.batch_execute(&format!(
                "SELECT pg_advisory_unlock({LOCK}); SET statement_timeout = '30s'"
            ))?;
            done
        }
        Conn::Sqlite(c) => {
            // No advisory locks here: whoever loses the race finds the work done when it looks again.
            let mut tries = 0;
            loop {
                match c.run_pending_migrations(SQLITE) {
                    Ok(_) => return Ok(()),
                    Err(_) if tries < 3 => tries += 1,
                    Err(error) => return Err(Error::Other(error.to_string())),
                }
            }
        }
    }
}
