//! The program: reads the configuration, runs one command.

use std::process::ExitCode;

use calendar_stacker::{commands, config::Cli};
use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    commands::run(Cli::parse())
}
