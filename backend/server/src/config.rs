//! What the operator decides: flags and `CALENDAR_STACKER_*` variables, each secret also from a file.

use std::{path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::calendar::Provider;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

/// The command line.
#[derive(Parser)]
#[command(
    name = "calendar-stacker",
    version,
    about = "One service for every calendar a business lives by"
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Shared by all commands.
    #[command(flatten)]
    pub config: Config,
}

/// What the program can do.
#[derive(Subcommand, Clone)]
pub enum Command {
    /// Answer the API, the web app and Swagger UI, and run the worker in the same process.
    Serve {
        /// Leave the periodic work to `worker` processes.
        #[arg(long)]
        no_worker: bool,
    },
    /// Run the periodic work only.
    Worker,
    /// Bring the database up to date and stop.
    Migrate,
    /// Print the OpenAPI document.
    Openapi,
    /// Encrypt every stored secret again with the first key, online.
    RotateKeys,
    /// Set a new password, read from standard input, and end the person's sessions.
    ResetPassword {
        /// Address the person signs in with.
        email: String,
    },
    /// Add another agency or business, behind a wall of its own, and its owner, whose password is read from standard input.
    AddTenant {
        /// What it is called.
        name: String,
        /// What its owner is called.
        owner: String,
        /// Address the owner signs in with.
        email: String,
    },
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// In force.
    On,
    /// Not in force: for benches and fuzzing.
    Off,
}

/// What the operator decides.
#[derive(Args, Clone)]
pub struct Config {
    /// `sqlite://path` or `postgres://…`. Default: SQLite in the data directory.
    #[arg(long, global = true, env = "CALENDAR_STACKER_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<SecretString>,
    /// File that holds the database URL.
    #[arg(long, global = true, env = "CALENDAR_STACKER_DATABASE_URL_FILE")]
    pub database_url_file: Option<PathBuf>,
    /// Database connections (SQLite: readers beside the one writer).
    #[arg(long, global = true, env = "CALENDAR_STACKER_DATABASE_CONNECTIONS", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub database_connections: u32,
    /// SQLite: let also the last commits survive a power cut, at half the write speed.
    #[arg(long, global = true, env = "CALENDAR_STACKER_FULL_SYNC")]
    pub full_sync: bool,
    /// Where the embedded database and key live.
    #[arg(long, global = true, env = "CALENDAR_STACKER_DATA_DIR", default_value = "data")]
    pub data_dir: PathBuf,
    /// Address to listen on.
    #[arg(long, global = true, env = "CALENDAR_STACKER_BIND", default_value = "127.0.0.1:4000")]
    pub bind: String,
    /// What browsers see: decides redirect URI, cookie flags and allowed origin. Default: from the address.
    #[arg(long, global = true, env = "CALENDAR_STACKER_PUBLIC_URL")]
    pub public_url: Option<Url>,
    /// Where providers reach this installation from outside, to tell of changes: an https address, or `off`. Default: the
    /// public URL, if it is https. Without it calendars are asked about more often.
    #[arg(long, global = true, env = "CALENDAR_STACKER_PUSH_URL")]
    pub push_url: Option<String>,
    /// Encryption keys, 64 hexadecimal digits each, separated by commas: the first writes, all read.
    #[arg(long, global = true, env = "CALENDAR_STACKER_KEY", hide_env_values = true)]
    pub key: Option<SecretString>,
    /// File that holds the encryption keys.
    #[arg(long, global = true, env = "CALENDAR_STACKER_KEY_FILE")]
    pub key_file: Option<PathBuf>,
    /// The built web app.
    #[arg(
        long,
        global = true,
        env = "CALENDAR_STACKER_SPA_DIR",
        default_value = "frontend/dist"
    )]
    pub spa_dir: PathBuf,
    /// Start a simulated Google and a simulated Microsoft on loopback and use them as the installation-wide OAuth apps.
    #[arg(long, global = true, env = "CALENDAR_STACKER_SANDBOX")]
    pub sandbox: bool,
    /// OAuth client of an installation-wide Google app.
    #[arg(long, global = true, env = "CALENDAR_STACKER_GOOGLE_CLIENT_ID", value_parser = clap::builder::StringValueParser::new())]
    pub google_client_id: Option<String>,
    /// Its secret.
    #[arg(
        long,
        global = true,
        env = "CALENDAR_STACKER_GOOGLE_CLIENT_SECRET",
        hide_env_values = true
    )]
    pub google_client_secret: Option<SecretString>,
    /// File that holds its secret.
    #[arg(long, global = true, env = "CALENDAR_STACKER_GOOGLE_CLIENT_SECRET_FILE")]
    pub google_client_secret_file: Option<PathBuf>,
    /// Where Google asks for consent.
    #[arg(
        long,
        global = true,
        env = "CALENDAR_STACKER_GOOGLE_AUTH_URL",
        default_value = "https://accounts.google.com/o/oauth2/v2/auth"
    )]
    pub google_auth_url: Url,
    /// Where codes become tokens.
    #[arg(
        long,
        global = true,
        env = "CALENDAR_STACKER_GOOGLE_TOKEN_URL",
        default_value = "https://oauth2.googleapis.com/token"
    )]
    pub google_token_url: Url,
    /// Where tokens are given back.
    #[arg(
        long,
        global = true,
        env = "CALENDAR_STACKER_GOOGLE_REVOKE_URL",
        default_value = "https://oauth2.googleapis.com/revoke"
    )]
    pub google_revoke_url: Url,
    /// Who an account is.
    #[arg(
        long,
        global = true,
        env = "CALENDAR_STACKER_GOOGLE_USERINFO_URL",
        default_value = "https://openidconnect.googleapis.com/v1/userinfo"
    )]
    pub google_userinfo_url: Url,
    /// The Calendar API.
    #[arg(
        long,
        global = true,
        env = "CALENDAR_STACKER_GOOGLE_API_BASE",
        default_value = "https://www.googleapis.com/calendar/v3/"
    )]
    pub google_api_base: Url,
    /// Application (client) id of an installation-wide Microsoft app.
    #[arg(long, global = true, env = "CALENDAR_STACKER_MICROSOFT_CLIENT_ID", value_parser = clap::builder::StringValueParser::new())]
    pub microsoft_client_id: Option<String>,
    /// Its secret.
    #[arg(
        long,
        global = true,
        env = "CALENDAR_STACKER_MICROSOFT_CLIENT_SECRET",
        hide_env_values = true
    )]
    pub microsoft_client_secret: Option<SecretString>,
    /// File that holds its secret.
    #[arg(long, global = true, env = "CALENDAR_STACKER_MICROSOFT_CLIENT_SECRET_FILE")]
    pub microsoft_client_secret_file: Option<PathBuf>,
    /// Who may sign in at Microsoft: `common` (everybody), `organizations`, `consumers`, or one tenant's id or domain.
    #[arg(
        long,
        global = true,
        env = "CALENDAR_STACKER_MICROSOFT_TENANT",
        default_value = "common"
    )]
    pub microsoft_tenant: String,
    /// Where Microsoft asks for consent and gives tokens.
    #[arg(
        long,
        global = true,
        env = "CALENDAR_STACKER_MICROSOFT_LOGIN_URL",
        default_value = "https://login.microsoftonline.com"
    )]
    pub microsoft_login_url: Url,
    /// Microsoft Graph.
    #[arg(
        long,
        global = true,
        env = "CALENDAR_STACKER_MICROSOFT_API_BASE",
        default_value = "https://graph.microsoft.com/v1.0"
    )]
    pub microsoft_api_base: Url,
    /// Requests that one Microsoft account may cost in any minute; Microsoft allows 10,000 in ten.
    #[arg(long, global = true, env = "CALENDAR_STACKER_MICROSOFT_PER_MINUTE", default_value_t = 900, value_parser = clap::value_parser!(u32).range(1..))]
    pub microsoft_per_minute: u32,
    /// Seconds that a call to a provider may take, all its requests together; a write has three quarters of it.
    #[arg(long, global = true, env = "CALENDAR_STACKER_CALL_DEADLINE", default_value_t = 80, value_parser = clap::value_parser!(u64).range(1..=85))]
    pub call_deadline: u64,
    /// How many processes of this installation talk to providers: each keeps to its share of the limits below.
    #[arg(long, global = true, env = "CALENDAR_STACKER_PROCESSES", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub processes: u32,
    /// Requests that one Google account may cost in any minute; Google allows 600.
    #[arg(long, global = true, env = "CALENDAR_STACKER_GOOGLE_PER_MINUTE", default_value_t = 550, value_parser = clap::value_parser!(u32).range(1..))]
    pub google_per_minute: u32,
    /// Those of them that may read.
    #[arg(long, global = true, env = "CALENDAR_STACKER_GOOGLE_READS_PER_MINUTE", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    pub google_reads_per_minute: u32,
    /// Those of them that may write.
    #[arg(long, global = true, env = "CALENDAR_STACKER_GOOGLE_WRITES_PER_MINUTE", default_value_t = 350, value_parser = clap::value_parser!(u32).range(1..))]
    pub google_writes_per_minute: u32,
    /// Requests that all accounts of one OAuth app may cost in any minute; Google allows 10,000.
    #[arg(long, global = true, env = "CALENDAR_STACKER_GOOGLE_APP_PER_MINUTE", default_value_t = 9_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub google_app_per_minute: u32,
    /// Requests that one CalDAV account may cost in any minute.
    #[arg(long, global = true, env = "CALENDAR_STACKER_CALDAV_PER_MINUTE", default_value_t = 240, value_parser = clap::value_parser!(u32).range(1..))]
    pub caldav_per_minute: u32,
    /// The mail server: `smtps://user:password@host:465`, or `smtp://host:587?tls=required`. Without it nobody gets mails.
    #[arg(long, global = true, env = "CALENDAR_STACKER_SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<SecretString>,
    /// File that holds the address of the mail server.
    #[arg(long, global = true, env = "CALENDAR_STACKER_SMTP_URL_FILE")]
    pub smtp_url_file: Option<PathBuf>,
    /// Who signs in at the mail server, if its address does not say so.
    #[arg(long, global = true, env = "CALENDAR_STACKER_SMTP_USERNAME")]
    pub smtp_username: Option<String>,
    /// Their password.
    #[arg(long, global = true, env = "CALENDAR_STACKER_SMTP_PASSWORD", hide_env_values = true)]
    pub smtp_password: Option<SecretString>,
    /// File that holds their password.
    #[arg(long, global = true, env = "CALENDAR_STACKER_SMTP_PASSWORD_FILE")]
    pub smtp_password_file: Option<PathBuf>,
    /// Whose mails they are: `bookings@example.com`. The name beside it is that of the client.
    #[arg(long, global = true, env = "CALENDAR_STACKER_MAIL_FROM")]
    pub mail_from: Option<String>,
    /// A service of yours that sends text messages: gets a signed POST for each.
    #[arg(long, global = true, env = "CALENDAR_STACKER_SMS_WEBHOOK_URL", value_parser = clap::builder::StringValueParser::new())]
    pub sms_webhook_url: Option<String>,
    /// The secret that signs them: `whsec_` and at least 24 bytes in base64.
    #[arg(
        long,
        global = true,
        env = "CALENDAR_STACKER_SMS_WEBHOOK_SECRET",
        hide_env_values = true
    )]
    pub sms_webhook_secret: Option<SecretString>,
    /// File that holds that secret.
    #[arg(long, global = true, env = "CALENDAR_STACKER_SMS_WEBHOOK_SECRET_FILE")]
    pub sms_webhook_secret_file: Option<PathBuf>,
    /// Private hosts and networks that CalDAV connections and the service for text messages may reach, separated by commas: `radicale,10.1.0.0/16`.
    #[arg(long, global = true, env = "CALENDAR_STACKER_ALLOW_ADDRESSES", default_value = "")]
    pub allow_addresses: String,
    /// Take the caller's address from `X-Forwarded-For`: only behind a proxy of your own.
    #[arg(long, global = true, env = "CALENDAR_STACKER_TRUST_PROXY")]
    pub trust_proxy: bool,
    /// Requests per address, key and tenant are limited.
    #[arg(long, global = true, env = "CALENDAR_STACKER_RATE_LIMIT", default_value = "on")]
    pub rate_limit: Switch,
    /// Age in seconds from which a read of a calendar first asks the provider.
    #[arg(long, global = true, env = "CALENDAR_STACKER_PULL_AFTER", default_value_t = 20)]
    pub pull_after: u64,
    /// How many days ahead it is known when calendars are busy.
    #[arg(long, global = true, env = "CALENDAR_STACKER_HORIZON_DAYS", default_value_t = 400, value_parser = clap::value_parser!(u16).range(7..=1500))]
    pub horizon_days: u16,
    /// How log lines look.
    #[arg(long, global = true, env = "CALENDAR_STACKER_LOG_FORMAT", default_value = "text")]
    pub log_format: LogFormat,
}

/// Why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

impl Config {
    /// The configuration of a program started without any flag. Reads no environment variables that are empty.
    ///
    /// # Errors
    /// When a variable holds something else than it should.
    pub fn from_defaults() -> Result<Self, ConfigError> {
        Cli::try_parse_from(["calendar-stacker", "serve"])
            .map(|cli| cli.config)
            .map_err(|error| ConfigError(error.to_string()))
    }

    /// Where the database is.
    ///
    /// # Errors
    /// When the file that should hold it cannot be read.
    pub fn database_url(&self) -> Result<SecretString, ConfigError> {
        match secret(self.database_url.as_ref(), self.database_url_file.as_ref())? {
            Some(url) => Ok(url),
            None => Ok(SecretString::from(format!(
                "sqlite://{}",
                self.data_dir.join("calendar-stacker.db").display()
            ))),
        }
    }

    /// The mail server's address.
    ///
    /// # Errors
    /// When the file that should hold it cannot be read.
    pub fn smtp_url(&self) -> Result<Option<SecretString>, ConfigError> {
        secret(self.smtp_url.as_ref(), self.smtp_url_file.as_ref())
    }

    /// The password for the mail server.
    ///
    /// # Errors
    /// When the file that should hold it cannot be read.
    pub fn smtp_password(&self) -> Result<Option<SecretString>, ConfigError> {
        secret(self.smtp_password.as_ref(), self.smtp_password_file.as_ref())
    }

    /// What signs text messages.
    ///
    /// # Errors
    /// When the file that should hold it cannot be read.
    pub fn sms_webhook_secret(&self) -> Result<Option<SecretString>, ConfigError> {
        secret(self.sms_webhook_secret.as_ref(), self.sms_webhook_secret_file.as_ref())
    }

    /// The encryption keys as written, if the operator handed some in.
    ///
    /// # Errors
    /// When the file that should hold them cannot be read.
    pub fn keys(&self) -> Result<Option<SecretString>, ConfigError> {
        secret(self.key.as_ref(), self.key_file.as_ref())
    }

    /// Client id and secret of the installation-wide OAuth app at a provider, when both are there.
    ///
    /// # Errors
    /// When the file that should hold the secret cannot be read.
    pub fn oauth_app(&self, provider: Provider) -> Result<Option<(String, SecretString)>, ConfigError> {
        let (id, value, file) = match provider {
            Provider::Google => (
                &self.google_client_id,
                &self.google_client_secret,
                &self.google_client_secret_file,
            ),
            Provider::Microsoft => (
                &self.microsoft_client_id,
                &self.microsoft_client_secret,
                &self.microsoft_client_secret_file,
            ),
            Provider::Caldav => return Ok(None),
        };
        let secret = secret(value.as_ref(), file.as_ref())?;
        Ok(id.clone().filter(|id| !id.is_empty()).zip(secret))
    }

    /// Takes a stand-in for Google at `base`, with this OAuth client.
    ///
    /// # Errors
    /// When `base` is not an address.
    pub fn google_at(&mut self, base: &str, client_id: &str, client_secret: &str) -> Result<(), ConfigError> {
        let at =
            |path: &str| Url::parse(&format!("{base}{path}")).map_err(|error| ConfigError(format!("{base}: {error}")));
        self.google_auth_url = at("/o/oauth2/v2/auth")?;
        self.google_token_url = at("/token")?;
        self.google_revoke_url = at("/revoke")?;
        self.google_userinfo_url = at("/v1/userinfo")?;
        self.google_api_base = at("/calendar/v3/")?;
        self.google_client_id = Some(client_id.to_owned());
        self.google_client_secret = Some(SecretString::from(client_secret.to_owned()));
        Ok(())
    }

    /// Takes a stand-in for Microsoft at `base`, with this OAuth client.
    ///
    /// # Errors
    /// When `base` is not an address.
    pub fn microsoft_at(&mut self, base: &str, client_id: &str, client_secret: &str) -> Result<(), ConfigError> {
        let at = |text: &str| Url::parse(text).map_err(|error| ConfigError(format!("{base}: {error}")));
        self.microsoft_login_url = at(base)?;
        self.microsoft_api_base = at(&format!("{base}/v1.0"))?;
        self.microsoft_client_id = Some(client_id.to_owned());
        self.microsoft_client_secret = Some(SecretString::from(client_secret.to_owned()));
        Ok(())
    }

    /// What browsers see, ending in `/`.
    ///
    /// # Errors
    /// When it cannot be derived from the address to listen on.
    pub fn public_url(&self) -> Result<Url, ConfigError> {
        let url = match &self.public_url {
            Some(url) => url.clone(),
            None => Url::parse(&format!("http://{}", self.bind.replace("0.0.0.0", "localhost")))
                .map_err(|error| ConfigError(format!("{}: {error}; set the public URL", self.bind)))?,
        };
        Ok(as_folder(url))
    }

    /// Where providers reach us from outside, ending in `/`. They speak to https only; those simulated on this machine also
    /// to http.
    ///
    /// # Errors
    /// When what was set is no such address.
    pub fn push_url(&self) -> Result<Option<Url>, ConfigError> {
        let simulated = [&self.google_api_base, &self.microsoft_api_base]
            .into_iter()
            .any(|base| {
                base.scheme() == "http" && matches!(base.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
            });
        let suits = |url: &Url| url.scheme() == "https" || (simulated && url.scheme() == "http");
        match self.push_url.as_deref().map(str::trim) {
            Some("off") => Ok(None),
            Some(text) if !text.is_empty() => {
                let url = Url::parse(text).map_err(|error| ConfigError(format!("push URL {text}: {error}")))?;
                if suits(&url) {
                    Ok(Some(as_folder(url)))
                } else {
                    Err(ConfigError(format!(
                        "push URL {text}: it must be an https address, or off"
                    )))
                }
            }
            _ => Ok(Some(self.public_url()?).filter(suits)),
        }
    }

    /// How long to wait for a database connection before answering 503.
    pub const fn database_timeout(&self) -> Duration {
        Duration::from_secs(5)
    }
}

fn as_folder(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    url
}

/// A secret from its value or its file. Empty counts as absent: compose files pass empty variables.
fn secret(value: Option<&SecretString>, file: Option<&PathBuf>) -> Result<Option<SecretString>, ConfigError> {
    if let Some(value) = value.filter(|value| !value.expose_secret().trim().is_empty()) {
        return Ok(Some(value.clone()));
    }
    match file.filter(|file| !file.as_os_str().is_empty()) {
        None => Ok(None),
        Some(file) => std::fs::read_to_string(file)
            .map(|text| Some(SecretString::from(text.trim().to_owned())))
            .map_err(|error| ConfigError(format!("{}: {error}", file.display()))),
    }
}
