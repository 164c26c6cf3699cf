//! The server, put together once for `main`, tests and benches.

use std::{net::TcpListener, time::Duration};

use actix_web::{
    App as ActixApp, HttpServer,
    dev::Server,
    middleware::{Compress, from_fn},
    web,
};
use utoipa_actix_web::AppExt;

use crate::{
    api::{self, edge},
    state::App,
};

/// How long requests in flight may take to finish when the service stops, in seconds.
const GRACE: u64 = 20;

/// A server on a listener that is already bound. Await it to run; its handle stops it.
///
/// # Errors
/// When the listener cannot be used.
pub fn server(app: App, listener: TcpListener) -> std::io::Result<Server> {
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    // Queries are let in by a gate of the pool's size, so these threads never queue behind one another; some are left
    // for passwords and files.
    let (readers, writers) = app.database().connections();
    let blocking = (readers + writers) as usize + 4;
    let data = web::Data::new(app);
    let server = HttpServer::new(move || {
        ActixApp::new()
            .app_data(data.clone())
            .into_utoipa_app()
            .configure(api::routes)
            .into_app()
            .default_service(web::to(api::spa::serve))
            .wrap(Compress::default())
            .wrap(from_fn(edge::edge))
    })
    .workers(workers)
    .worker_max_blocking_threads(blocking)
    // Slow clients: the head of a request in 10 s, idle connections closed after 75 s.
    .client_request_timeout(Duration::from_secs(10))
    .client_disconnect_timeout(Duration::from_secs(5))
    .keep_alive(Duration::from_secs(75))
    .shutdown_timeout(GRACE)
    .disable_signals()
    .listen(listener)?;
    Ok(server.run())
}
