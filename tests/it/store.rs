//! The rules that the database keeps, tried from the outside.

mod accounts;
mod environments;
mod schema;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use berth_model::Code;
use berth_model::account::{Team, User};
use berth_model::environment::TemplateRef;
use berth_model::event::{EventKind, NewEvent};
use berth_model::id::EnvironmentId;
use berth_model::inventory::{ObjectRef, OnDelete};
use berth_model::name::{Email, EnvironmentName, TeamName, Username};
use berth_model::operation::OperationState;
use berth_model::permission::{Action, Caller};
use berth_model::role::{PlatformRole, TeamRole};
use berth_model::time::{Timestamp, now};
use berth_store::{
    Answer, Begin, Change, EnvironmentFilter, Fence, Intent, NewEnvironment, NewIntent, NewUser, ObjectUpdate,
    OperationEnd, Options, Page, PassRecord, Rotation, SchemaState, Store, Throttle, Write,
};
use berth_tests::FreshDatabase;
use chrono::TimeDelta;
use serde_json::json;

struct Fixture {
    store: Store,
    user: User,
    team: Team,
    caller: Caller,
    _database: FreshDatabase,
}

fn new_user(name: &str) -> NewUser {
    NewUser {
        email: Email::parse(&format!("{name}@example.com")).unwrap(),
        username: Username::parse(name).unwrap(),
        password_hash: "hash".into(),
        role: PlatformRole::User,
        invitation: None,
    }
}

async fn empty() -> (Store, FreshDatabase) {
    let database = FreshDatabase::create().await.unwrap();
    let store = connect(&database.url).await;
    store.migrate().await.unwrap();
    (store, database)
}

async fn connect(url: &str) -> Store {
    let options = Options {
        url: url.to_owned(),
        max_connections: 4,
    };
    Store::connect(&options).await.unwrap()
}

async fn fixture() -> Fixture {
    let (store, database) = empty().await;
    let user = store.user_create(&Write::default(), new_user("ada")).await.unwrap();
    let nobody = Caller {
        user: user.id,
        platform: PlatformRole::User,
        teams: BTreeMap::new(),
    };
    let scope = nobody.on_platform(Action::TeamCreate).unwrap();
    let team = store
        .team_create(&Write::default(), &scope, &TeamName::parse("pay").unwrap(), "Pay")
        .await
        .unwrap();
    let caller = Caller {
        teams: BTreeMap::from([(team.id, TeamRole::Maintainer)]),
        ..nobody
    };
    Fixture {
        store,
        user,
        team,
        caller,
        _database: database,
    }
}

impl Fixture {
    async fn create(&self, name: &str, write: &Write) -> berth_model::Result<EnvironmentId> {
        let scope = self.caller.in_team(Action::EnvironmentCreate, self.team.id)?;
        let new = NewEnvironment {
            team: self.team.id,
            name: EnvironmentName::parse(name).unwrap(),
            template: TemplateRef {
                name: "web".into(),
                version: semver::Version::new(1, 0, 0),
            },
            parameters: json!({"replicas": 2}),
            labels: BTreeMap::from([("tier".into(), "gold".into())]),
            cluster: "default".into(),
            namespace: format!("pay-{name}"),
            source: None,
        };
        let answer = |environment: &berth_model::environment::Environment, _: &_| {
            let body = json!({"id": environment.id.to_string()});
            Ok(Answer {
                status: 202,
                location: "/x".into(),
                etag: "\"1\"".into(),
                body,
            })
        };
        Ok(self.store.environment_create(write, &scope, new, answer).await?.0.id)
    }

    fn read(&self) -> berth_model::permission::Scope {
        self.caller.scope(Action::EnvironmentRead)
    }

    async fn fence(&self) -> Fence {
        self.store
            .lease_acquire("engine", "test", Duration::from_mins(1))
            .await
            .unwrap()
            .unwrap()
    }

    async fn used(&self) -> i64 {
        self.store
            .quota_get(&self.read(), self.team.id)
            .await
            .unwrap()
            .environments_used
    }
}

fn page() -> Page {
    Page { limit: 50, after: None }
}
