//! The simulators as a program, for the sandbox and for trying foreign clients against them.

use std::{net::IpAddr, path::PathBuf};

use clap::{Parser, ValueEnum};
use simulators::{
    google::{self, CLIENT_ID, CLIENT_SECRET},
    microsoft,
};

/// A Google (OAuth, Calendar v3) and a Microsoft 365 (Entra, Graph v1.0) on loopback, each with a control plane under
/// /_control.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Port of Google; 0 takes any free one.
    #[arg(long, default_value_t = 8790)]
    port: u16,
    /// Port of Microsoft; without it the one after Google's, or any free one if that is 0.
    #[arg(long)]
    microsoft_port: Option<u16>,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    address: IpAddr,
    /// What to start with.
    #[arg(long, value_enum, default_value_t = SeedName::Sandbox)]
    seed: SeedName,
    /// How others reach Google, if not at the address it listens on.
    #[arg(long)]
    public_url: Option<String>,
    /// How others reach Microsoft, if not at the address it listens on.
    #[arg(long)]
    microsoft_public_url: Option<String>,
    /// A certificate chain (PEM): Microsoft speaks TLS too, on any free port.
    #[arg(long, requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// Its key (PEM).
    #[arg(long)]
    tls_key: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum SeedName {
    /// Accounts with some life in their calendars.
    Sandbox,
    /// One empty account each, dana.sandbox@example.com.
    Empty,
}

impl Arguments {
    fn google(&self) -> google::Options {
        google::Options {
            port: Some(self.port),
            address: self.address,
            public_url: self.public_url.clone(),
            seed: match self.seed {
                SeedName::Sandbox => google::sandbox(),
                SeedName::Empty => {
                    google::Seed::default().account("dana.sandbox@example.com", "Dana Sandbox", "Europe/Berlin")
                }
            },
            ..google::Options::default()
        }
    }

    fn microsoft(&self) -> microsoft::Options {
        let next = if self.port == 0 { 0 } else { self.port.saturating_add(1) };
        let certificate = self.tls_certificate.clone().zip(self.tls_key.clone());
        microsoft::Options {
            port: Some(self.microsoft_port.unwrap_or(next)),
            address: self.address,
            public_url: self.microsoft_public_url.clone(),
            seed: match self.seed {
                SeedName::Sandbox => microsoft::sandbox(),
                SeedName::Empty => {
                    microsoft::Seed::default().account("dana.sandbox@example.com", "Dana Sandbox", "Europe/Berlin")
                }
            },
            certificate: certificate.map(|(chain, key)| microsoft::Certificate { chain, key }),
            ..microsoft::Options::default()
        }
    }
}

#[allow(clippy::print_stdout)] // telling where they listen is what it is for
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let google = google::Simulator::start(arguments.google())?;
    let microsoft = microsoft::Simulator::start(arguments.microsoft())?;
    let base = &google.base_url;
    println!("listening on {base}");
    println!("microsoft on {}", microsoft.base_url);
    if let Some(tls) = &microsoft.tls_url {
        println!("microsoft by TLS on {tls}");
    }
    println!("what is in it {base}/");
    println!("calendar API  {base}/calendar/v3");
    println!("consent page  {base}/o/oauth2/v2/auth");
    println!("token         {base}/token");
    println!("control       {base}/_control");
    println!("client id     {CLIENT_ID}");
    println!("client secret {CLIENT_SECRET}");
    let base = &microsoft.base_url;
    println!("Graph         {base}/v1.0");
    println!("Entra         {base}/common/oauth2/v2.0/authorize and /token");
    println!("control       {base}/_control");
    println!("client id     {}", microsoft::CLIENT_ID);
    println!("client secret {}", microsoft::CLIENT_SECRET);
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(tokio::signal::ctrl_c())?;
    google.stop();
    microsoft.stop();
    Ok(())
}
