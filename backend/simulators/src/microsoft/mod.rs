//! A stateful Microsoft 365 on loopback: Entra's OAuth, Graph v1.0 for calendars, and a control plane under `/_control`
//! that Microsoft does not have.
//!
//! ```no_run
//! use simulators::microsoft::{Fault, Effect, Options, Simulator, sandbox};
//!
//! let microsoft = Simulator::start(Options::default().seeded(sandbox()))?;
//! println!("{}/v1.0", microsoft.base_url);
//! microsoft.control.fault(Fault::once("graph.events.create", Effect::LoseAnswer));
//! microsoft.stop();
//! # Ok::<(), simulators::microsoft::StartError>(())
//! ```
//!
//! It is strict: a property Graph does not document is refused, as are properties only Graph sets; delta links are bound to
//! calendar, window and mailbox. Where the documents are silent it takes the harsher reading and says so at the place.

mod batch;
mod calendars;
mod consent;
mod control;
mod control_http;
mod deliver;
mod delta;
mod errors;
mod events;
mod expand;
mod extensions;
mod filter;
mod invite;
mod oauth;
mod people;
mod present;
mod query;
mod recurrence;
mod routes;
mod schedule;
mod schema;
mod seed;
mod server;
mod store;
mod subscriptions;
mod time;
mod tls;
mod write;

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
pub use oauth::{CLIENT_ID, CLIENT_SECRET, CONSUMERS, Client, Tokens};
pub use seed::{AccountSeed, Seed, sandbox};
pub use tls::Certificate;

/// Lifetimes and limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Limits {
    /// Lifetime of access tokens, seconds. Entra: 60 to 90 minutes.
    pub access_token_seconds: i64,
    /// Lifetime of refresh tokens, seconds. Entra: 90 days.
    pub refresh_token_seconds: i64,
    /// Lifetime of codes, seconds. Entra: about ten minutes.
    pub code_seconds: i64,
    /// Refuse refresh tokens that have been exchanged. Entra does not.
    pub refuse_spent_refresh_tokens: bool,
    /// Calls at a mailbox at the same time; `None`: without limit. Outlook: 4.
    pub concurrent_per_mailbox: Option<usize>,
    /// Calls at a mailbox in ten minutes; `None`: without limit. Outlook: 10,000.
    pub calls_per_ten_minutes: Option<usize>,
    /// Lifetime of delta links, seconds.
    pub delta_link_seconds: i64,
    /// A deleted occurrence has no entry of its own in a delta round; only its master is told of.
    pub silent_cancelled_occurrences: bool,
    /// `$expand=exceptionOccurrences` is heard only from those who also `$select` it, as the documents can be read.
    pub exceptions_by_name_only: bool,
    #[serde(skip)]
    pub(crate) delta_floor: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            access_token_seconds: 4_500,
            refresh_token_seconds: 90 * 24 * 3600,
            code_seconds: 600,
            refuse_spent_refresh_tokens: false,
            concurrent_per_mailbox: Some(4),
            calls_per_ten_minutes: Some(10_000),
            delta_link_seconds: 7 * 24 * 3600,
            silent_cancelled_occurrences: true,
            exceptions_by_name_only: false,
            delta_floor: 0,
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
    /// Lifetimes and limits.
    pub limits: Limits,
    /// Also speak TLS, on any free port.
    pub certificate: Option<Certificate>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: None,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            public_url: None,
            seed: Seed::default(),
            limits: Limits::default(),
            certificate: None,
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
    /// The seed holds something Graph would refuse.
    #[error("the seed cannot be used: {0}")]
    Seed(#[from] ControlError),
    /// The certificate cannot be used.
    #[error("the certificate cannot be used: {0}")]
    Certificate(String),
}

/// Starts simulators.
#[derive(Debug)]
pub struct Simulator;

/// A running simulator. It ends when this is dropped.
#[derive(Debug)]
pub struct Running {
    /// `http://127.0.0.1:{port}`, without a slash at the end. Graph is at `{base_url}/v1.0`.
    pub base_url: String,
    /// `https://localhost:{port}`, with a certificate.
    pub tls_url: Option<String>,
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
        let mut state = seed::state(&base_url, &options)?;
        let secure = match &options.certificate {
            None => None,
            Some(certificate) => {
                let acceptor = tls::acceptor(certificate).map_err(StartError::Certificate)?;
                let listener = TcpListener::bind((options.address, 0)).map_err(listen)?;
                state.tls = Some(format!("localhost:{}", listener.local_addr().map_err(listen)?.port()));
                Some((listener, acceptor))
            }
        };
        let tls_url = state.tls.as_ref().map(|host| format!("https://{host}"));
        let shared = Arc::new(server::Shared::new(state));
        let control = Control::new(Arc::clone(&shared));
        let (tell, told) = mpsc::channel();
        let plane = control.clone();
        let thread = std::thread::Builder::new()
            .name("microsoft-simulator".into())
            .spawn(move || {
                let outcome = actix_web::rt::System::new().block_on(async move {
                    actix_web::rt::spawn(deliver::deliver(Arc::clone(&shared)));
                    if let Some((listener, acceptor)) = secure {
                        actix_web::rt::spawn(tls::forward(listener, acceptor, local.port()));
                    }
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
            tls_url,
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
            .service(web::resource("/v1.0/{tail:.*}").to(server::graph))
            .service(web::resource("/_control/{tail:.*}").to(control_http::control))
            .service(
                web::resource("/{tenant}/oauth2/v2.0/authorize")
                    .route(web::get().to(oauth::authorize::authorize))
                    .route(web::post().to(oauth::authorize::authorize)),
            )
            .service(web::resource("/{tenant}/oauth2/v2.0/token").route(web::post().to(oauth::token::token)))
            .service(
                web::resource("/{tenant}/v2.0/.well-known/openid-configuration")
                    .route(web::get().to(oauth::claims::configuration)),
            )
            .service(web::resource("/{tenant}/discovery/v2.0/keys").route(web::get().to(oauth::claims::keys)))
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
