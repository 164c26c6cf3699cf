//! The program's commands.

use std::{io::Read, net::TcpListener, process::ExitCode, sync::Arc};

use domain::validation::is_email;
use secrecy::SecretString;
use tokio::sync::watch;

use crate::{
    api, app,
    config::{Cli, Command, Config},
    gateway, jobs,
    ops::{
        keys, password,
        setup::{self, Owner},
    },
    state::{App, SystemClock},
    telemetry,
};

type Outcome = Result<(), String>;

/// Runs one command and says how it ended.
pub fn run(cli: Cli) -> ExitCode {
    if matches!(cli.command, Command::Openapi) {
        #[allow(clippy::print_stdout, reason = "it is what the command is for")]
        {
            print!("{}", api::document::text());
        }
        return ExitCode::SUCCESS;
    }
    telemetry::logging(cli.config.log_format);
    // The first caller decides which cryptography TLS uses; a second call is harmless.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let done = match cli.command {
        Command::Serve { no_worker } => serve(cli.config, !no_worker),
        Command::Worker => worker(cli.config),
        Command::Migrate => migrate(cli.config),
        Command::RotateKeys => rotate_keys(cli.config),
        Command::ResetPassword { email } => reset_password(cli.config, &email),
        Command::AddTenant { name, owner, email } => add_tenant(cli.config, name, owner, email),
        Command::Openapi => Ok(()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn open(config: Config) -> Result<App, String> {
    App::open(config, Arc::new(SystemClock)).map_err(|error| error.to_string())
}

fn serve(config: Config, with_worker: bool) -> Outcome {
    let listener = TcpListener::bind(&config.bind).map_err(|error| format!("{}: {error}", config.bind))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    actix_web::rt::System::new().block_on(async move {
        let (config, _simulated) = sandbox(config)?;
        let app = open(config)?;
        match &app.post.mail {
            Some(mail) => tracing::info!(way = mail.way(), "mails can be sent"),
            None => tracing::warn!("no mail server is set up: customers get no confirmations (CALENDAR_STACKER_SMTP_URL, CALENDAR_STACKER_MAIL_FROM)"),
        }
        tracing::info!(%address, public_url = %app.public_url, database = %app.database().address(), sandbox = app.config.sandbox, "listening");
        let server = app::server(app.clone(), listener).map_err(|error| error.to_string())?;
        let (handle, listened) = (server.handle(), app.clone());
        let (stop, stopped) = watch::channel(false);
        actix_web::rt::spawn(async move {
            signalled().await;
            let _ = stop.send(true);
            listened.feed.close();
            let stopping = handle.stop(true);
            // After all that must happen: a log that nobody reads any more may end this task.
            tracing::info!("stopping: requests in flight are finished");
            stopping.await;
        });
        let work = async {
            if with_worker {
                jobs::run(app.clone(), stopped).await;
            }
        };
        let (served, ()) = futures_util::future::join(server, work).await;
        write_down(&app).await;
        served.map_err(|error| error.to_string())
    })
}

/// The simulated providers of the sandbox.
type Sandbox = (simulators::google::Running, simulators::microsoft::Running);

/// Points the configuration at a simulated Google and Microsoft started in this process; they end with what is returned.
fn sandbox(mut config: Config) -> Result<(Config, Option<Sandbox>), String> {
    use simulators::{google, microsoft};
    if !config.sandbox {
        return Ok((config, None));
    }
    let seeded = google::Options::default().seeded(google::sandbox());
    let one = google::Simulator::start(seeded).map_err(|error| error.to_string())?;
    config
        .google_at(&one.base_url, google::CLIENT_ID, google::CLIENT_SECRET)
        .map_err(|error| error.to_string())?;
    let seeded = microsoft::Options::default().seeded(microsoft::sandbox());
    let other = microsoft::Simulator::start(seeded).map_err(|error| error.to_string())?;
    config
        .microsoft_at(&other.base_url, microsoft::CLIENT_ID, microsoft::CLIENT_SECRET)
        .map_err(|error| error.to_string())?;
    for (name, address) in [("Google", &one.base_url), ("Microsoft", &other.base_url)] {
        tracing::info!(
            address,
            "a simulated {name} listens; what is in it is gone when the service stops"
        );
    }
    Ok((config, Some((one, other))))
}

fn worker(config: Config) -> Outcome {
    actix_web::rt::System::new().block_on(async move {
        let app = open(config)?;
        tracing::info!(database = %app.database().address(), "working");
        let (stop, stopped) = watch::channel(false);
        actix_web::rt::spawn(async move {
            signalled().await;
            let _ = stop.send(true);
        });
        jobs::run(app.clone(), stopped).await;
        write_down(&app).await;
        Ok(())
    })
}

/// What was counted in the last seconds.
async fn write_down(app: &App) {
    if let Err(error) = gateway::ledger::flush(app).await {
        tracing::warn!(%error, "the last seconds of the use of providers were not written down");
    }
}

/// Waits until somebody asks the process to stop.
async fn signalled() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        return std::future::pending().await;
    };
    tokio::select! { _ = term.recv() => {}, _ = interrupt.recv() => {} }
}

fn migrate(config: Config) -> Outcome {
    let app = open(config)?;
    tracing::info!(database = %app.database().address(), "the schema is up to date");
    Ok(())
}

fn rotate_keys(config: Config) -> Outcome {
    let app = open(config)?;
    let done = keys::rotate(app.database(), &app.vault).map_err(|error| error.to_string())?;
    tracing::info!(secrets = done, "every stored secret is encrypted with the first key");
    Ok(())
}

/// The hash of the password that is read from standard input.
fn password_given() -> Result<String, String> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| error.to_string())?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.chars().count() < password::MIN_LENGTH {
        return Err(format!(
            "the password, read from standard input, needs at least {} characters",
            password::MIN_LENGTH
        ));
    }
    password::hash(&SecretString::from(text))
}

fn reset_password(config: Config, email: &str) -> Outcome {
    let app = open(config)?;
    let hash = password_given()?;
    let now = app.now();
    let found = app
        .database()
        .write(|c| crate::ops::sessions::reset_password(c, email, &hash, now))
        .map_err(|error| error.to_string())?;
    if !found {
        return Err(format!("nobody signs in as {email}"));
    }
    tracing::info!(email, "the password is changed and the sessions are ended");
    Ok(())
}

fn add_tenant(config: Config, tenant_name: String, name: String, email: String) -> Outcome {
    let given = [&tenant_name, &name, &email];
    if given
        .iter()
        .any(|text| text.trim().is_empty() || text.chars().count() > 200)
        || !is_email(email.trim())
    {
        return Err(
            "say what it is called, what its owner is called, and the e-mail address the owner signs in with".into(),
        );
    }
    let app = open(config)?;
    let any = app
        .database()
        .read(db::tenants::any)
        .map_err(|error| error.to_string())?;
    if !any {
        return Err("there is nobody yet: the first one is set up in the browser".into());
    }
    let owner = Owner {
        tenant_name: tenant_name.trim().to_owned(),
        name: name.trim().to_owned(),
        email: email.trim().to_owned(),
        password_hash: password_given()?,
    };
    let now = app.now();
    match app.database().write(|c| setup::add_tenant(c, owner, now)) {
        Ok(user) => tracing::info!(email = user.email, tenant = user.tenant_id, "the owner can sign in"),
        Err(db::Error::Conflict(_)) => return Err(format!("somebody signs in as {email} already")),
        Err(error) => return Err(error.to_string()),
    }
    Ok(())
}
