//! A server in this process, with a database of its own and people to send requests as.
//!
//! Must not know what is tested with it. There is no engine and no cluster here: what is accepted stays pending.

#![expect(
    clippy::expect_used,
    reason = "a server under test that does not start or answer fails the test"
)]

mod person;

use std::collections::BTreeMap;
use std::path::PathBuf;

use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use berth_model::role::PlatformRole;
use berth_server::auth::Auth;
use berth_server::auth::account::{self, Applicant};
use berth_server::config::Config;
use berth_server::state::App;
use berth_server::{catalog, http, telemetry};
use berth_store::{Options, Store, Write};
use sea_orm::{ConnectionTrait as _, Database, Statement};
use secrecy::ExposeSecret as _;
use serde_json::json;

pub use person::{Person, Response};

use crate::FreshDatabase;

/// What everybody signs in with.
const PASSWORD: &str = "correct-horse-battery-staple";

/// A server that listens on a port of its own.
#[derive(Debug)]
pub struct TestApp {
    /// Where it is: `http://127.0.0.1:…`.
    pub base: String,
    /// What its handlers share.
    pub state: Data<App>,
    handles: [ServerHandle; 2],
    _database: FreshDatabase,
}

/// A team with somebody in every role, called after the team and the role.
#[derive(Debug)]
pub struct Team {
    /// Its maintainer.
    pub maintainer: Person,
    /// Its developer.
    pub developer: Person,
    /// Its viewer.
    pub viewer: Person,
}

impl TestApp {
    /// Starts one, on SQLite or, with `BERTH_TEST_DATABASE=postgres`, on PostgreSQL.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts one with further settings, as variables.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_with(settings: &[(&str, &str)]) -> Self {
        let database = FreshDatabase::create().await.expect("a database");
        let config = configuration(&database.url, settings);
        let options = Options {
            url: config.database.url.expose_secret().to_owned(),
            max_connections: 4,
        };
        let store = Store::connect(&options).await.expect("the database opens");
        store.migrate().await.expect("the schema is made");
        let state = Data::new(state(config, store).await);
        let listening = http::bind(state.clone()).expect("a free port");
        let handles = [listening.server.handle(), listening.metrics_server.handle()];
        tokio::spawn(listening.server);
        tokio::spawn(listening.metrics_server);
        Self {
            base: format!("http://{}", listening.address),
            state,
            handles,
            _database: database,
        }
    }

    /// Somebody who is not signed in.
    pub fn anonymous(&self) -> Person {
        Person::anonymous(&self.base)
    }

    /// An administrator.
    ///
    /// # Panics
    /// When there is one already.
    pub async fn admin(&self) -> Person {
        let applicant = Applicant {
            email: "root@example.com".to_owned(),
            username: "root".to_owned(),
            password: PASSWORD.into(),
            invitation: None,
        };
        let made = account::appoint(&self.state, &Write::default(), applicant, PlatformRole::Admin).await;
        made.expect("an administrator");
        self.signed_in("root").await
    }

    /// Somebody who has signed up and in.
    ///
    /// # Panics
    /// When the name is taken.
    pub async fn person(&self, name: &str) -> Person {
        let account = json!({"email": email(name), "username": name, "password": PASSWORD});
        self.anonymous().post("/auth/signup", &account).await.expect(201);
        self.signed_in(name).await
    }

    /// A team with somebody in every role: `pay` has `pay-maintainer`, `pay-developer` and `pay-viewer`.
    ///
    /// # Panics
    /// When the name is taken.
    pub async fn team(&self, name: &str) -> Team {
        let maintainer = self.person(&format!("{name}-maintainer")).await;
        maintainer.post("/teams", &json!({"name": name})).await.expect(201);
        let developer = self.person(&format!("{name}-developer")).await;
        let viewer = self.person(&format!("{name}-viewer")).await;
        for (person, role) in [(&developer, "developer"), (&viewer, "viewer")] {
            let path = format!("/teams/{name}/members/{}", person.username);
            maintainer.put(&path, &json!({"role": role})).await.expect(200);
        }
        Team {
            maintainer,
            developer,
            viewer,
        }
    }

    /// How many rows a table has, seen past the server.
    ///
    /// # Panics
    /// When there is no such table.
    pub async fn rows(&self, table: &str) -> i64 {
        let url = self.state.config.database.url.expose_secret();
        let database = Database::connect(url).await.expect("the database opens");
        let statement = Statement::from_string(
            database.get_database_backend(),
            format!("SELECT count(*) AS n FROM \"{table}\""),
        );
        let row = database
            .query_one_raw(statement)
            .await
            .expect("the table is there")
            .expect("a row");
        let count = row.try_get("", "n").expect("a number");
        database.close().await.expect("the database closes");
        count
    }

    async fn signed_in(&self, name: &str) -> Person {
        let anonymous = self.anonymous();
        let tokens = anonymous
            .post("/auth/login", &json!({"email": email(name), "password": PASSWORD}))
            .await
            .expect(200);
        anonymous.signed_in(name, tokens["accessToken"].as_str().expect("an access token"))
    }
}

/// The listeners go with the test; what is still being answered is dropped.
impl Drop for TestApp {
    fn drop(&mut self) {
        for handle in &self.handles {
            drop(handle.stop(false));
        }
    }
}

fn email(name: &str) -> String {
    format!("{name}@example.com")
}

fn configuration(url: &str, settings: &[(&str, &str)]) -> Config {
    let templates = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../templates");
    let variables = [
        ("BERTH_SERVER__LISTEN", "127.0.0.1:0".to_owned()),
        ("BERTH_SERVER__METRICS_LISTEN", "127.0.0.1:0".to_owned()),
        ("BERTH_SERVER__WORKERS", "1".to_owned()),
        ("BERTH_DATABASE__URL", url.to_owned()),
        ("BERTH_AUTH__SIGNUP", "open".to_owned()),
        ("BERTH_AUTH__KEY_ENCRYPTION_KEY", STANDARD.encode([7; 32])),
        ("BERTH_PLATFORM__DOMAIN", "apps.example.test".to_owned()),
        ("BERTH_TEMPLATES__PATH", templates.display().to_string()),
    ];
    let more = settings.iter().map(|(key, value)| (*key, (*value).to_owned()));
    let variables: BTreeMap<_, _> = variables
        .into_iter()
        .chain(more)
        .map(|(key, value)| (key.to_owned(), value))
        .collect();
    Config::from_parts(None, variables).expect("the settings are right")
}

async fn state(config: Config, store: Store) -> App {
    let key = config.key_encryption_key().expect("a key");
    App {
        platform: serde_json::to_value(&config.platform).expect("the platform's settings are JSON"),
        cluster: config.cluster.name.clone(),
        cursor_key: aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &key),
        metrics: telemetry::start_metrics().expect("metrics"),
        catalog: catalog::load(&store, &config.templates.path)
            .await
            .expect("the catalog"),
        auth: Auth::start(&config, &store, key).await.expect("keys"),
        config,
        store,
    }
}
