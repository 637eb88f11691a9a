//! `berth-server`: the commands of the server's binary.

mod serve;

use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use berth_model::role::PlatformRole;
use berth_server::auth::account::{self, Applicant};
use berth_server::commands::{self, Template};
use berth_server::config::Config;
use berth_server::{openapi, telemetry};
use berth_store::Write;
use berth_template::pool;
use clap::{Parser, Subcommand};
use secrecy::SecretString;

/// One request, one environment: the server of the internal developer platform.
#[derive(Debug, Parser)]
#[command(version, about)]
struct Arguments {
    /// The settings, a TOML file; `BERTH_CONFIG` names one too. Variables like `BERTH_SERVER__LISTEN` go over it.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API and run the engine
    Serve,
    /// Bring the database's schema up to date
    Migrate,
    /// Print the API's document
    Openapi,
    /// Accounts that need no sign-up
    #[command(subcommand)]
    Admin(Admin),
    /// Templates
    #[command(subcommand)]
    Template(Template),
    /// Settings
    #[command(subcommand)]
    Config(Settings),
}

#[derive(Debug, Subcommand)]
enum Admin {
    /// Make an administrator; the password is read from standard input
    Create {
        /// The email.
        #[arg(long)]
        email: String,
        /// The public name.
        #[arg(long)]
        username: String,
    },
}

#[derive(Debug, Subcommand)]
enum Settings {
    /// Print the effective settings, or what is wrong with them
    Check,
}

fn main() -> ExitCode {
    // Two providers are in the graph's reach; whoever connects first must not choose.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let arguments = Arguments::parse();
    match run(arguments) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "berth-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let config = || Config::load(arguments.config.as_deref());
    match arguments.command {
        Command::Serve => {
            let config = config()?;
            telemetry::start_log(&config.log);
            runtime.block_on(serve::serve(config))?;
        }
        Command::Migrate => runtime.block_on(async {
            let store = serve::open(&config()?).await?;
            store.migrate().await?;
            print("the schema is up to date")
        })?,
        Command::Openapi => print(&serde_json::to_string_pretty(&openapi::json()?)?)?,
        Command::Admin(Admin::Create { email, username }) => runtime.block_on(appoint(config()?, email, username))?,
        Command::Template(command) => return Ok(runtime.block_on(template(command))),
        Command::Config(Settings::Check) => print(&config()?.lines().join("\n"))?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn appoint(config: Config, email: String, username: String) -> anyhow::Result<()> {
    let password = read_password()?;
    let store = serve::open(&config).await?;
    store.migrate().await?;
    let app = serve::app(&config, &store).await?;
    let applicant = Applicant {
        email,
        username,
        password,
        invitation: None,
    };
    let made = account::appoint(&app, &Write::default(), applicant, PlatformRole::Admin).await;
    let user = made.map_err(|error| {
        let fields: Vec<_> = error
            .field_errors()
            .iter()
            .map(|f| format!("{}: {}", f.pointer, f.detail))
            .collect();
        anyhow::anyhow!(
            "{}",
            if fields.is_empty() {
                error.detail().to_owned()
            } else {
                fields.join("; ")
            }
        )
    })?;
    print(&format!("made the administrator {} ({})", user.username, user.email))
}

/// From standard input, never from the command line, where everybody on the machine can read it.
fn read_password() -> anyhow::Result<SecretString> {
    if std::io::stdin().is_terminal() {
        write!(std::io::stderr(), "password (shown as you type; end with Enter): ")?;
        let mut line = String::new();
        std::io::stdin().read_line(&mut line)?;
        return Ok(SecretString::from(line.trim_end_matches(['\r', '\n']).to_owned()));
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .context("the password cannot be read from standard input")?;
    Ok(SecretString::from(text.trim_end_matches(['\r', '\n']).to_owned()))
}

/// 0 when all is well, 1 when something is found, 2 when the command cannot be carried out.
async fn template(command: Template) -> ExitCode {
    let done = pool::run(move || commands::run(&command)).await;
    done.unwrap_or_else(|error| {
        let _ = writeln!(std::io::stderr(), "berth-server: {error}");
        ExitCode::from(2)
    })
}

fn print(text: &str) -> anyhow::Result<()> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}
