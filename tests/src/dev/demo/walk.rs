//! The walk of a developer through the API: account, team, the one request, and watching it come up.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use reqwest::Method;
use serde_json::{Value, json};

use super::home::Home;
use super::{complain, say, step};
use crate::client::Client;
use crate::process::Deadline;

/// The team that the demo makes.
const TEAM: &str = "payments";
/// How long the environment may take on a cluster that has to pull images.
const PATIENCE: Duration = Duration::from_mins(5);

/// Goes all the way; who did it, and the environment as it is at the end.
pub async fn walk(home: &Home, base: &str) -> Result<(Client, Value)> {
    step("A developer and a team");
    let client = sign_in(home, base).await?;
    team(&client).await?;
    let began = Instant::now();
    let created = request(&client).await?;
    let environment = watch(&client, &created, began).await?;
    print(&environment);
    Ok((client, environment))
}

async fn sign_in(home: &Home, base: &str) -> Result<Client> {
    let account = home.account()?;
    let anonymous = Client::new(base)?;
    let body = json!({"email": account.email, "username": account.username, "password": account.password});
    let answer = anonymous.send(Method::POST, "/auth/signup", &[], Some(&body)).await?;
    match answer.status {
        201 => say(&format!("  {} signed up", account.username)),
        // Of a run before.
        409 => {}
        _ => drop(answer.ok()?),
    }
    let client = anonymous.signed_in(&account.email, &account.password).await?;
    say(&format!("  {} signed in", account.username));
    Ok(client)
}

async fn team(client: &Client) -> Result<()> {
    let answer = client
        .send(Method::POST, "/teams", &[], Some(&json!({"name": TEAM})))
        .await?;
    match answer.status {
        201 => say(&format!("  made the team {TEAM}")),
        409 => say(&format!("  has the team {TEAM}")),
        _ => drop(answer.ok()?),
    }
    Ok(())
}

/// Sends the one request, under the first name that is free.
async fn request(client: &Client) -> Result<Value> {
    step("The one request");
    for n in 1..1000 {
        let name = if n == 1 {
            "checkout".to_owned()
        } else {
            format!("checkout-{n}")
        };
        let body = json!({
            "team": TEAM,
            "name": name,
            "template": "web-service",
            "parameters": {"image": "nginxinc/nginx-unprivileged:1.29", "database": {"storage": "2Gi"}},
        });
        let answer = client.send(Method::POST, "/environments", &[], Some(&body)).await?;
        if answer.status == 409 {
            continue;
        }
        say(&format!("  POST /api/v1/environments {body}"));
        say(&format!("  {} {}", answer.status, answer.header("location")));
        return answer.ok();
    }
    bail!("a thousand environments of the demo are there already; `make demo-down` removes them")
}

/// Tells of each resource as it becomes ready, until the environment is.
async fn watch(client: &Client, created: &Value, began: Instant) -> Result<Value> {
    let path = format!("/environments/{}", created["id"].as_str().context("it has no id")?);
    let mut told = BTreeSet::new();
    let mut deadline = Deadline::after(PATIENCE);
    loop {
        let environment = client.get(&path).await?;
        let resources = client.get(&format!("{path}/resources")).await?;
        for resource in resources["items"].as_array().into_iter().flatten() {
            let name = resource["resource"].as_str().unwrap_or_default().to_owned();
            if resource["ready"] == true && told.insert(name) {
                say(&format!(
                    "  {:6.2} s  {} {} is ready",
                    began.elapsed().as_secs_f64(),
                    resource["kind"].as_str().unwrap_or_default(),
                    resource["name"].as_str().unwrap_or_default()
                ));
            }
        }
        match environment["status"]["phase"].as_str() {
            Some("Ready") => return Ok(environment),
            Some("Failed") => bail!("the environment failed: {}", why(&environment)),
            _ if !deadline.tick().await => {
                complain(&format!("  it goes on without this program: GET /api/v1{path}"));
                bail!(
                    "the environment is not ready after {} s: {}",
                    PATIENCE.as_secs(),
                    why(&environment)
                );
            }
            _ => {}
        }
    }
}

/// Why an environment is not ready, in the server's words.
pub fn why(environment: &Value) -> String {
    let conditions = environment["status"]["conditions"].as_array().into_iter().flatten();
    let mut said = conditions.filter(|condition| condition["type"] == "Ready");
    let message = said.next().and_then(|condition| condition["message"].as_str());
    message.unwrap_or("it does not say why").to_owned()
}

fn print(environment: &Value) {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let outputs = &environment["status"]["outputs"];
    let secret = &outputs["database"]["secret"];
    step("The environment");
    for (key, value) in [
        ("name", text(&environment["name"])),
        ("id", text(&environment["id"])),
        (
            "owner",
            format!(
                "{} of the team {}",
                text(&environment["owner"]),
                text(&environment["team"])
            ),
        ),
        ("template", text(&environment["template"])),
        ("namespace", text(&environment["namespace"])),
        ("phase", text(&environment["status"]["phase"])),
        ("address", text(&outputs["url"]["value"])),
        (
            "credentials",
            format!("Secret {}, key {}", text(&secret["name"]), text(&secret["key"])),
        ),
    ] {
        say(&format!("  {key:<12} {value}"));
    }
}
