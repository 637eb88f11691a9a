//! `berth-server` as a program: its commands, what it says when something is wrong, how it starts and stops.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use berth_tests::client::Client;
use berth_tests::process::free_ports;
use berth_tests::server::{self, ServerProcess, Settings};
use berth_tests::{ControlPlane, FreshDatabase};
use reqwest::Method;
use sea_orm::{ConnectionTrait as _, Database};
use serde_json::{Value, json};

/// Longer than it may take to stop while something waits.
const PATIENCE: Duration = Duration::from_secs(30);

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn run(arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Output {
    let mut command = Command::new(server::program().unwrap());
    command.env_clear().envs(variables.iter().copied()).args(arguments);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

async fn settings(folder: &Path, database_url: &str) -> Settings {
    let [port, metrics_port] = free_ports().unwrap();
    let settings = Settings {
        port,
        metrics_port,
        database_url: database_url.to_owned(),
        kubeconfig: ControlPlane::shared().await.unwrap().kubeconfig().to_owned(),
        service_account: None,
        templates: root().join("templates"),
        key: [7; 32],
    };
    settings.write(&folder.join("berth.toml")).unwrap();
    settings
}

#[test]
fn the_settings_are_checked_and_shown_without_secrets() {
    let key = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    let good = run(&["config", "check"], &[("BERTH_AUTH__KEY_ENCRYPTION_KEY", key)], "");
    assert!(good.status.success(), "{}", said(&good));
    assert!(said(&good).contains("auth.signup = invited") && !said(&good).contains(key));

    for (variable, value, words) in [
        (
            "BERTH_AUTH__SIGNUP",
            "perhaps",
            ["auth.signup", "open, invited or closed"],
        ),
        ("BERTH_SERVER__LISTEN", "8080", ["server.listen", "127.0.0.1:8080"]),
        ("BERTH_SERVER__PORT", "8080", ["port", "listen"]),
        ("BERTH_LOG__FORMAT", "xml", ["log.format", "text or json"]),
        (
            "BERTH_ENGINE__PROGRESS_DEADLINE",
            "soon",
            ["engine.progress_deadline", "15m"],
        ),
        ("BERTH_ENGINE__WORKERS", "0", ["engine.workers", "1 to 1024"]),
    ] {
        let bad = run(&["config", "check"], &[(variable, value)], "");
        assert!(!bad.status.success(), "{variable}={value}");
        for word in words {
            assert!(
                said(&bad).contains(word),
                "{variable}={value}: `{word}` is not in {}",
                said(&bad)
            );
        }
    }
    let file = run(&["--config", "/nowhere/berth.toml", "config", "check"], &[], "");
    assert!(!file.status.success() && said(&file).contains("/nowhere/berth.toml"));
}

#[test]
fn templates_are_linted_without_a_cluster_or_a_database() {
    let templates = root().join("templates");
    let good = run(&["template", "lint", templates.to_str().unwrap()], &[], "");
    assert!(good.status.success(), "{}", said(&good));

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("template.yaml");
    let document = std::fs::read_to_string(templates.join("worker/template.yaml")).unwrap();
    std::fs::write(&file, document.replacen("params.replicas", "params.replikas", 1)).unwrap();
    let bad = run(&["template", "lint", file.to_str().unwrap()], &[], "");
    assert_eq!(bad.status.code(), Some(1));
    let line = said(&bad)
        .lines()
        .find(|line| line.contains("replikas"))
        .unwrap()
        .to_owned();
    let place = line.strip_prefix(&format!("{}:", file.display())).unwrap();
    let mut numbers = place.split(':');
    assert!(
        numbers.next().unwrap().parse::<u32>().is_ok() && numbers.next().unwrap().parse::<u32>().is_ok(),
        "{line}"
    );
    assert!(line.contains("replicas"), "it suggests what is near: {line}");
}

#[test]
fn the_committed_document_is_the_one_the_program_prints() {
    let printed = run(&["openapi"], &[], "");
    assert!(printed.status.success(), "{}", said(&printed));
    let committed = std::fs::read_to_string(root().join("openapi/berth.v1.json")).unwrap();
    assert!(
        committed == String::from_utf8(printed.stdout).unwrap(),
        "openapi/berth.v1.json is not what the code says: run `make openapi` and commit it"
    );
}

#[tokio::test]
async fn the_first_administrator_is_made_by_a_command() {
    let (folder, database) = (tempfile::tempdir().unwrap(), FreshDatabase::create().await.unwrap());
    let settings = settings(folder.path(), &database.url).await;
    let file = folder.path().join("berth.toml");
    let create = |password: &str| {
        let arguments = [
            "--config",
            file.to_str().unwrap(),
            "admin",
            "create",
            "--email",
            "root@example.com",
        ];
        let arguments = [&arguments[..], &["--username", "root"]].concat();
        run(&arguments, &[], password)
    };
    let weak = create("short\n");
    assert!(
        !weak.status.success() && said(&weak).contains("/password: must be at least 8 characters"),
        "{}",
        said(&weak)
    );
    let made = create("correct-horse-battery-staple\n");
    assert!(made.status.success(), "{}", said(&made));
    let again = create("correct-horse-battery-staple\n");
    assert!(
        !again.status.success() && said(&again).contains("exists"),
        "{}",
        said(&again)
    );

    let server = ServerProcess::start(folder.path(), &settings).await.unwrap();
    let anonymous = Client::new(server.base()).unwrap();
    let root = anonymous
        .signed_in("root@example.com", "correct-horse-battery-staple")
        .await
        .unwrap();
    assert_eq!(root.get("/me").await.unwrap()["role"], "admin");
}

#[tokio::test]
async fn a_server_stops_when_it_is_asked_to_and_goes_on_where_it_was() {
    let (folder, database) = (tempfile::tempdir().unwrap(), FreshDatabase::create().await.unwrap());
    let settings = settings(folder.path(), &database.url).await;
    let mut server = ServerProcess::start(folder.path(), &settings).await.unwrap();
    let anonymous = Client::new(server.base()).unwrap();
    let account = json!({"email": "ada@example.com", "username": "ada", "password": "correct-horse-battery"});
    anonymous.post("/auth/signup", &account).await.unwrap();
    let ada = anonymous
        .signed_in("ada@example.com", "correct-horse-battery")
        .await
        .unwrap();
    let status = server.terminate(PATIENCE).await.unwrap();
    assert_eq!(status.code(), Some(0), "{}", server.log().unwrap());
    server.start_again().await.unwrap();
    assert_eq!(
        ada.get("/me").await.unwrap()["username"],
        "ada",
        "the token is still good"
    );
}

#[tokio::test]
async fn a_schema_that_is_newer_is_refused_with_its_name() {
    let (folder, database) = (tempfile::tempdir().unwrap(), FreshDatabase::create().await.unwrap());
    settings(folder.path(), &database.url).await;
    let file = folder.path().join("berth.toml");
    let migrated = run(&["--config", file.to_str().unwrap(), "migrate"], &[], "");
    assert!(migrated.status.success(), "{}", said(&migrated));
    let raw = Database::connect(&database.url).await.unwrap();
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m2099_from_the_future', 1)";
    raw.execute_unprepared(newer).await.unwrap();
    let refused = run(&["--config", file.to_str().unwrap(), "serve"], &[], "");
    assert!(!refused.status.success());
    assert!(
        said(&refused).contains("m2099_from_the_future") && said(&refused).contains("newer"),
        "{}",
        said(&refused)
    );
}

#[tokio::test]
async fn a_second_server_on_one_sqlite_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("berth.db").display());
    let first = settings(folder.path(), &url).await;
    let _server = ServerProcess::start(folder.path(), &first).await.unwrap();
    let second = settings(folder.path(), &url).await;
    assert_ne!(first.port, second.port);
    let file = folder.path().join("berth.toml");
    let refused = run(&["--config", file.to_str().unwrap(), "serve"], &[], "");
    assert!(!refused.status.success());
    assert!(
        said(&refused).contains("SQLite") && said(&refused).contains("one replica"),
        "{}",
        said(&refused)
    );
}

#[tokio::test]
async fn signs_of_life_metrics_and_documents_are_served_without_a_token() {
    let (folder, database) = (tempfile::tempdir().unwrap(), FreshDatabase::create().await.unwrap());
    let settings = settings(folder.path(), &database.url).await;
    let server = ServerProcess::start(folder.path(), &settings).await.unwrap();
    let get = async |url: String| {
        let answer = reqwest::get(url).await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    for path in [
        "/livez",
        "/readyz",
        "/version",
        "/openapi.json",
        "/.well-known/jwks.json",
        "/.well-known/openid-configuration",
    ] {
        let (status, text) = get(format!("{}{path}", server.base())).await;
        assert_eq!(status, 200, "{path}: {text}");
        let body: Value = serde_json::from_str(&text).unwrap();
        assert!(body.is_object(), "{path}");
    }
    let (status, page) = get(format!("{}/docs/", server.base())).await;
    assert!(
        status == 200 && page.contains("swagger-ui") && !page.contains("https://"),
        "nothing from a third party: {page}"
    );
    let (_, metrics) = get(format!("http://127.0.0.1:{}/metrics", settings.metrics_port)).await;
    assert!(metrics.contains("berth_http_request_seconds"), "{metrics}");
    let (status, _) = get(format!("{}/metrics", server.base())).await;
    assert_eq!(status, 404, "metrics have their own port");
    let deep = Client::new(server.base()).unwrap();
    let answer = deep.send(Method::GET, "/me", &[], None).await.unwrap();
    assert_eq!(answer.status, 401);
}
