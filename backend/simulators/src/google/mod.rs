//! A stateful Google on loopback: OAuth, Calendar v3, and a control plane under `/_control` that Google does not have.
//!
//! ```no_run
//! use simulators::google::{Fault, Effect, Options, Simulator, sandbox};
//!
//! let google = Simulator::start(Options::default().seeded(sandbox()))?;
//! println!("{}/calendar/v3", google.base_url);
//! google.control.fault(Fault::once("calendar.events.insert", Effect::LoseAnswer));
//! google.stop();
//! # Ok::<(), simulators::google::StartError>(())
//! ```
//!
//! It is strict: a parameter or field Google does not document is refused, tokens are bound to what they were made for,
//! a page token outlives writes but not another query. Where Google's documents are silent it takes the harsher reading
//! and says so at the place.

mod acl;
mod batch;
mod calendar_list;
mod calendars;
mod channels;
mod consent;
mod control;
mod control_http;
mod errors;
mod events;
mod fields;
mod freebusy;
mod oauth;
mod operations;
mod pages;
mod recurrence;
mod sandbox;
mod schema;
mod seed;
mod server;
mod settings;
mod store;
mod time;

use std::{
    net::{IpAddr, Ipv4Addr, TcpListener},
    sync::{Arc, mpsc},
    thread::JoinHandle,
};

use actix_web::{App, HttpServer, dev::ServerHandle, web};
use serde::{Deserialize, Serialize};

pub use crate::{
    bench::ControlError,
    faults::{Effect, Fault},
    journal::{Mail, Recorded},
};
pub use control::Control;
pub use oauth::{CLIENT_ID, CLIENT_SECRET, Client, Tokens};
pub use sandbox::sandbox;
pub use seed::{AccountSeed, CalendarSeed, Seed};
pub use store::Role;

/// Lifetimes and quotas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Limits {
    /// Calls per minute and user; `None`: without limit. Google: 600.
    pub per_user_per_minute: Option<usize>,
    /// Calls per minute over all users; `None`: without limit. Google: 10,000.
    pub per_project_per_minute: Option<usize>,
    /// What being over a limit answers: 403 or 429 (Google uses both).
    pub over_limit_status: u16,
    /// Lifetime of access tokens, seconds. Google: 3599.
    pub access_token_seconds: i64,
    /// Lifetime of refresh tokens, seconds; `None`: until revoked. Google, consent screen in “Testing”: 604,800.
    pub refresh_token_seconds: Option<i64>,
    /// Lifetime of codes, seconds.
    pub code_seconds: i64,
    /// Lifetime of sync tokens, seconds.
    pub sync_token_seconds: i64,
    /// Incremental listings show of cancelled events only what Google guarantees.
    pub bare_tombstones: bool,
    #[serde(skip)]
    pub(crate) sync_floor: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            per_user_per_minute: Some(600),
            per_project_per_minute: Some(10_000),
            over_limit_status: 403,
            access_token_seconds: 3599,
            refresh_token_seconds: None,
            code_seconds: 300,
            sync_token_seconds: 28 * 24 * 3600,
            bare_tombstones: true,
            sync_floor: 0,
        }
    }
}

/// How to start.
#[derive(Debug, Clone)]
pub struct Options {
    /// `None`: any free port.
    pub port: Option<u16>,
    /// Where to listen. Loopback unless somebody knows better (a container).
    pub address: IpAddr,
    /// How browsers and clients reach it, when that is not `http://{address}:{port}`. Without a slash at the end.
    pub public_url: Option<String>,
    /// Accounts and what is in their calendars.
    pub seed: Seed,
    /// Lifetimes and quotas.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: None,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            public_url: None,
            seed: Seed::default(),
            limits: Limits::default(),
        }
    }
}

impl Options {
    /// With these accounts.
    pub fn seeded(mut self, seed: Seed) -> Self {
        self.seed = seed;
        self
    }

    /// On this port.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }
}

/// The simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The port cannot be listened on.
    #[error("cannot listen on {0}: {1}")]
    Listen(String, std::io::Error),
    /// The server's thread ended at once.
    #[error("the simulator did not start: {0}")]
    Thread(String),
    /// The seed holds something Google would refuse.
    #[error("the seed cannot be used: {0}")]
    Seed(#[from] ControlError),
}

/// Starts simulators.
#[derive(Debug)]
pub struct Simulator;

/// A running simulator. It ends when this is dropped.
#[derive(Debug)]
pub struct Running {
    /// `http://127.0.0.1:{port}`, without a slash at the end. The calendar API is at `{base_url}/calendar/v3`.
    pub base_url: String,
    /// Where it listens.
    pub port: u16,
    /// What tests and the sandbox can do to it.
    pub control: Control,
    handle: Option<ServerHandle>,
    thread: Option<JoinHandle<()>>,
}

impl Simulator {
    /// Starts one on a thread of its own, so it works inside and outside of async runtimes.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn start(options: Options) -> Result<Running, StartError> {
        let wanted = (options.address, options.port.unwrap_or(0));
        let listen = |problem| StartError::Listen(format!("{}:{}", wanted.0, wanted.1), problem);
        let listener = TcpListener::bind(wanted).map_err(listen)?;
        let local = listener.local_addr().map_err(listen)?;
        let base_url = options.public_url.clone().unwrap_or_else(|| format!("http://{local}"));
        let state = seed::state(&base_url, &options)?;
        let shared = Arc::new(server::Shared::new(state));
        let control = Control::new(Arc::clone(&shared));
        let (tell, told) = mpsc::channel();
        let plane = control.clone();
        let thread = std::thread::Builder::new()
            .name("google-simulator".into())
            .spawn(move || {
                let outcome = actix_web::rt::System::new().block_on(async move {
                    actix_web::rt::spawn(channels::deliver(Arc::clone(&shared)));
                    let server = serve(listener, shared, plane)?;
                    let _ = tell.send(server.handle());
                    server.await
                });
                drop(outcome);
            })
            .map_err(|problem| StartError::Thread(problem.to_string()))?;
        let handle = told.recv().map_err(|problem| StartError::Thread(problem.to_string()))?;
        Ok(Running {
            base_url,
            port: local.port(),
            control,
            handle: Some(handle),
            thread: Some(thread),
        })
    }
}

fn serve(
    listener: TcpListener,
    shared: Arc<server::Shared>,
    control: Control,
) -> std::io::Result<actix_web::dev::Server> {
    let shared = web::Data::from(shared);
    let control = web::Data::new(control);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(shared.clone())
            .app_data(control.clone())
            .app_data(web::PayloadConfig::new(4 << 20))
            .service(
                web::resource("/o/oauth2/v2/auth")
                    .route(web::get().to(oauth::authorize::authorize))
                    .route(web::post().to(oauth::authorize::authorize)),
            )
            .service(web::resource("/token").route(web::post().to(oauth::token::token)))
            .service(web::resource("/revoke").route(web::post().to(oauth::token::revoke)))
            .service(
                web::resource(["/oauth2/v3/userinfo", "/v1/userinfo"]).route(web::get().to(oauth::token::userinfo)),
            )
            .service(web::resource("/").route(web::get().to(pages::overview)))
            .service(web::resource("/calendar/event").route(web::get().to(pages::event)))
            .service(web::resource("/batch/calendar/v3").route(web::post().to(batch::batch)))
            .service(web::resource("/calendar/v3/{tail:.*}").to(server::calendar))
            .service(web::resource(["/batch/calendar/v3", "/batch"]).route(web::post().to(batch::batch)))
            .service(web::resource("/_control/{tail:.*}").to(control_http::control))
    })
    .on_connect(|connection, extensions| {
        if let Some(wire) = crate::wire::Wire::of(connection) {
            extensions.insert(wire);
        }
    })
    .workers(2)
    .disable_signals()
    .shutdown_timeout(1)
    .listen(listener)?
    .run();
    Ok(server)
}

impl Running {
    /// Ends it and waits until it has ended.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(handle) = self.handle.take() {
            // The order to stop is sent by the call; the future only waits, and the join below waits better.
            drop(handle.stop(false));
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}
