//! Reads the rows of imports of bookings, each in a transaction of its own, some of each import in turn; what was read stays
//! when the process ends, and another goes on within a minute.

use std::time::{Duration, Instant};

use db::booking_imports::{self as rows, Import};
use domain::id::TenantId;
use jiff::SignedDuration;
use uuid::Uuid;

use crate::{
    gateway::bookings::{Whom, desk, look},
    ops::{
        booking_import as ops,
        bookings::{Desk, Error, Look},
    },
    state::App,
};

/// Rows that are read before the next import has its turn.
const BATCH: i64 = 100;

/// How long nobody else reads an import in its turn.
const LEASE: SignedDuration = SignedDuration::from_mins(1);

/// After that no turn begins in this run, so that a process that is to stop does so soon.
const RUN: Duration = Duration::from_secs(6);

pub async fn run(app: App) -> Result<(), String> {
    let (began, holder) = (Instant::now(), Uuid::now_v7().simple().to_string());
    let mut open = app.read(rows::running).await.map_err(|error| error.to_string())?;
    while !open.is_empty() && began.elapsed() < RUN {
        let mut left = Vec::new();
        for import in open {
            match turn(&app, &holder, &import).await {
                Ok(true) => left.push(import),
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "an import of bookings stopped; it goes on later"),
            }
        }
        open = left;
    }
    Ok(())
}

/// Reads some rows of an import. Says whether there is more for this process to read.
async fn turn(app: &App, holder: &str, import: &Import) -> Result<bool, Error> {
    let (name, mine, now) = (import.id.clone(), holder.to_owned(), app.now());
    let taken = app
        .write(move |c| db::leases::take(c, &name, &mine, now.into(), (now + LEASE).into()))
        .await?;
    if !taken {
        return Ok(false);
    }
    let more = batch(app, import).await;
    app.feed.wake(&import.tenant_id);
    let (name, mine, now) = (import.id.clone(), holder.to_owned(), app.now());
    app.write(move |c| db::leases::give_back(c, &name, &mine, now.into(), now.into()))
        .await?;
    more
}

async fn batch(app: &App, import: &Import) -> Result<bool, Error> {
    let import = std::sync::Arc::new(import.clone());
    let tenant = TenantId::from_store(import.tenant_id.clone());
    let mut desk = desk(app, &tenant, &import.actor, Some(Look::default()));
    let asked = std::sync::Arc::clone(&import);
    let (catalogue, waiting) = app
        .read(move |c| Ok::<_, db::Error>((ops::Catalogue::load(c, &asked)?, rows::waiting(c, &asked, BATCH)?)))
        .await?;
    if waiting.is_empty() {
        app.write(move |c| ops::finish(c, &desk, &import)).await?;
        return Ok(false);
    }
    let catalogue = std::sync::Arc::new(catalogue);
    for row in waiting {
        let apply = async |desk: Desk| {
            let (import, catalogue) = (std::sync::Arc::clone(&import), std::sync::Arc::clone(&catalogue));
            let row = row.clone();
            app.write(move |c| ops::apply(c, &desk, &import, &catalogue, &row))
                .await
        };
        let mut applied = apply(desk.clone()).await;
        if let Err(Error::Unasked(wanted)) = applied {
            // Whoever was asked about a row is not asked again about the rows of this turn.
            let seen = look(app, &tenant, &wanted.0, wanted.1, Whom::All).await?;
            desk.look = desk.look.zip(seen).map(|(before, seen)| before.and(seen));
            applied = apply(desk.clone()).await;
        }
        match applied {
            Ok(_) => {}
            // Nothing was written: it is tried again, or told.
            Err(error) if ops::is_passing(&error) => return Err(error),
            Err(error) => _ = app.write(move |c| ops::refused(c, &row, &error)).await?,
        }
    }
    Ok(true)
}
