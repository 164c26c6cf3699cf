//! The simulator as a program, for the sandbox and for trying foreign clients against it.

use std::net::IpAddr;

use clap::{Parser, ValueEnum};
use simulators::google::{CLIENT_ID, CLIENT_SECRET, Options, Seed, Simulator, sandbox};

/// A Google on loopback: OAuth, Calendar v3, and a control plane under /_control.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Port to listen on; 0 takes any free one.
    #[arg(long, default_value_t = 8790)]
    port: u16,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    address: IpAddr,
    /// What to start with.
    #[arg(long, value_enum, default_value_t = SeedName::Sandbox)]
    seed: SeedName,
    /// How others reach it, if not at the address it listens on.
    #[arg(long)]
    public_url: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum SeedName {
    /// Three accounts with some life in their calendars.
    Sandbox,
    /// One empty account, dana.sandbox@example.com.
    Empty,
}

#[allow(clippy::print_stdout)] // telling where it listens is what it is for
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let options = Options {
        port: Some(arguments.port),
        address: arguments.address,
        public_url: arguments.public_url,
        seed: match arguments.seed {
            SeedName::Sandbox => sandbox(),
            SeedName::Empty => Seed::default().account("dana.sandbox@example.com", "Dana Sandbox", "Europe/Berlin"),
        },
        ..Options::default()
    };
    let running = Simulator::start(options)?;
    let base = &running.base_url;
    println!("listening on {base}");
    println!("what is in it {base}/");
    println!("calendar API  {base}/calendar/v3");
    println!("consent page  {base}/o/oauth2/v2/auth");
    println!("token         {base}/token");
    println!("control       {base}/_control");
    println!("client id     {CLIENT_ID}");
    println!("client secret {CLIENT_SECRET}");
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(tokio::signal::ctrl_c())?;
    running.stop();
    Ok(())
}
