//! Reads the rows of imports of bookings, each in a transaction of its own; what was read stays when the process ends.

use domain::id::TenantId;

use crate::{
    gateway::bookings::desk,
    ops::{booking_import as ops, bookings::Look},
    state::App,
};

/// Rows that are fetched at once.
const BATCH: i64 = 100;

pub async fn run(app: App) -> Result<(), String> {
    let running = app.read(db::booking_imports::running).await;
    for import in running.map_err(|error| error.to_string())? {
        if let Err(error) = one(&app, import).await {
            tracing::warn!(%error, "an import of bookings stopped; it goes on later");
        }
    }
    Ok(())
}

async fn one(app: &App, import: db::booking_imports::Import) -> Result<(), ops::Fault> {
    let tenant = TenantId::from_store(import.tenant_id.clone());
    let import = std::sync::Arc::new(import);
    let asked = std::sync::Arc::clone(&import);
    let catalogue = app.read(move |c| ops::Catalogue::load(c, &asked)).await?;
    let catalogue = std::sync::Arc::new(catalogue);
    loop {
        let asked = std::sync::Arc::clone(&import);
        let rows = app
            .read(move |c| db::booking_imports::waiting(c, &asked, BATCH))
            .await?;
        let desk = desk(app, &tenant, &import.actor, Look::default());
        if rows.is_empty() {
            let asked = std::sync::Arc::clone(&import);
            app.write(move |c| ops::finish(c, &desk, &asked)).await?;
            app.feed.wake(tenant.as_str());
            return Ok(());
        }
        for row in rows {
            let (desk, import, catalogue) = (
                desk.clone(),
                std::sync::Arc::clone(&import),
                std::sync::Arc::clone(&catalogue),
            );
            let (asked, of) = (row.clone(), desk.clone());
            match app
                .write(move |c| ops::apply(c, &of, &import, &catalogue, &asked))
                .await
            {
                Ok(_) => {}
                // Nothing was written: it is tried again, or told.
                Err(error) if ops::is_passing(&error) => return Err(error),
                Err(error) => _ = app.write(move |c| ops::refused(c, &row, &error)).await?,
            }
        }
        app.feed.wake(tenant.as_str());
    }
}
