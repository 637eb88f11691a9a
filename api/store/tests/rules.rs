//! The rules that the database keeps, tried from the outside, on SQLite.

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
use chrono::TimeDelta;
use serde_json::json;

struct Fixture {
    store: Store,
    user: User,
    team: Team,
    caller: Caller,
    _folder: tempfile::TempDir,
}

async fn empty() -> (Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("berth.db").display());
    let store = Store::connect(&Options {
        url,
        max_connections: 4,
    })
    .await
    .unwrap();
    store.migrate().await.unwrap();
    (store, folder)
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

async fn fixture() -> Fixture {
    let (store, folder) = empty().await;
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
        _folder: folder,
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
            .lease_acquire("engine", "test", Duration::from_secs(60))
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

#[tokio::test]
async fn two_simultaneous_sign_ups_with_one_email_make_one_account() {
    let (store, _folder) = empty().await;
    let write = Write::default();
    let other_name = NewUser {
        username: Username::parse("ada2").unwrap(),
        ..new_user("ada")
    };
    let (one, other) = tokio::join!(
        store.user_create(&write, new_user("ada")),
        store.user_create(&write, other_name)
    );
    let refusal = [one, other].into_iter().find_map(Result::err).unwrap();
    assert_eq!(refusal.code(), Code::EmailTaken);
    let same_name = NewUser {
        email: Email::parse("b@example.com").unwrap(),
        ..new_user("ada")
    };
    let names: BTreeSet<_> = [
        store.user_create(&write, same_name.clone()).await,
        store
            .user_create(
                &write,
                NewUser {
                    username: Username::parse("ada2").unwrap(),
                    email: Email::parse("c@example.com").unwrap(),
                    ..same_name
                },
            )
            .await,
    ]
    .into_iter()
    .filter_map(Result::err)
    .map(|error| error.code().as_str())
    .collect();
    assert_eq!(names, BTreeSet::from(["username_taken"]));
}

#[tokio::test]
async fn two_simultaneous_environments_of_one_name_are_one_and_the_quota_counts_one() {
    let f = fixture().await;
    let write = Write::default();
    let (one, other) = tokio::join!(f.create("web", &write), f.create("web", &write));
    let refusal = [one, other].into_iter().find_map(Result::err).unwrap();
    assert_eq!(refusal.code(), Code::NameTaken);
    assert_eq!(refusal.field_errors()[0].pointer, "/name");
    assert_eq!(f.used().await, 1);
}

#[tokio::test]
async fn twenty_simultaneous_requests_for_five_places_give_five() {
    let f = fixture().await;
    let admin = Caller {
        platform: PlatformRole::Admin,
        ..f.caller.clone()
    };
    let scope = admin.in_team(Action::QuotaWrite, f.team.id).unwrap();
    f.store
        .quota_set(&Write::default(), &scope, f.team.id, 5)
        .await
        .unwrap();
    let names: Vec<_> = (0..20).map(|n| format!("web-{n}")).collect();
    let write = Write::default();
    let results = futures::future::join_all(names.iter().map(|name| f.create(name, &write))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 5);
    assert!(
        results
            .into_iter()
            .filter_map(Result::err)
            .all(|error| error.code() == Code::QuotaExceeded)
    );
    assert_eq!(f.used().await, 5);
}

#[tokio::test]
async fn a_repeated_request_gets_the_kept_answer_and_another_body_is_refused() {
    let f = fixture().await;
    let intent = Intent {
        user: f.user.id,
        key: "k".into(),
        fingerprint: "a".into(),
    };
    let write = Write {
        idempotency: Some(intent.clone()),
        ..Write::default()
    };
    assert_eq!(f.store.idempotency_begin(&intent).await.unwrap(), Begin::Fresh);
    let id = f.create("web", &write).await.unwrap();
    let Begin::Replay(answer) = f.store.idempotency_begin(&intent).await.unwrap() else {
        panic!("not kept")
    };
    assert_eq!(answer.body, json!({"id": id.to_string()}));
    let other = Intent {
        fingerprint: "b".into(),
        ..intent
    };
    assert_eq!(f.store.idempotency_begin(&other).await.unwrap(), Begin::Mismatch);
    // The same key once more, in a transaction: everything of it is taken back.
    assert_eq!(
        f.create("web-2", &write).await.unwrap_err().code(),
        Code::IdempotencyInProgress
    );
    assert_eq!(f.used().await, 1);
}

#[tokio::test]
async fn what_belongs_to_others_is_not_found() {
    let f = fixture().await;
    let id = f.create("web", &Write::default()).await.unwrap();
    let outsider = Caller {
        user: f.user.id,
        platform: PlatformRole::User,
        teams: BTreeMap::new(),
    };
    let scope = outsider.scope(Action::EnvironmentRead);
    assert_eq!(
        f.store.environment_get(&scope, id).await.unwrap_err().code(),
        Code::NotFound
    );
    assert!(
        f.store
            .environment_list(&scope, &EnvironmentFilter::default(), page())
            .await
            .unwrap()
            .items
            .is_empty()
    );
    let name = TeamName::parse("pay").unwrap();
    assert_eq!(
        f.store
            .team_by_name(&outsider.scope(Action::TeamRead), &name)
            .await
            .unwrap_err()
            .code(),
        Code::NotFound
    );
    assert!(f.store.environment_get(&f.read(), id).await.is_ok());
}

#[tokio::test]
async fn lists_are_filtered_and_come_in_pieces_without_gaps() {
    let f = fixture().await;
    for n in 0..7 {
        f.create(&format!("web-{n}"), &Write::default()).await.unwrap();
    }
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let piece = f
            .store
            .environment_list(&f.read(), &EnvironmentFilter::default(), Page { limit: 3, after })
            .await
            .unwrap();
        seen.extend(piece.items.into_iter().map(|environment| environment.name.to_string()));
        after = piece.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, (0..7).map(|n| format!("web-{n}")).collect::<Vec<_>>());
    for (value, count) in [("gold", 7), ("iron", 0)] {
        let filter = EnvironmentFilter {
            label: Some(("tier".into(), value.into())),
            ..EnvironmentFilter::default()
        };
        assert_eq!(
            f.store
                .environment_list(&f.read(), &filter, page())
                .await
                .unwrap()
                .items
                .len(),
            count
        );
    }
}

#[tokio::test]
async fn a_change_makes_a_revision_and_supersedes_what_has_not_ended() {
    let f = fixture().await;
    let id = f.create("web", &Write::default()).await.unwrap();
    let before = f.store.environment_get(&f.read(), id).await.unwrap();
    let change = Change {
        template: before.template.clone(),
        parameters: json!({"replicas": 3}),
        labels: before.labels.clone(),
        source: None,
    };
    let scope = f.caller.in_team(Action::EnvironmentUpdate, f.team.id).unwrap();
    let write = Write::default();
    let stale = f
        .store
        .environment_update(&write, &scope, id, Some(before.version + 1), change.clone())
        .await;
    assert_eq!(stale.unwrap_err().code(), Code::PreconditionFailed);
    let (after, operation) = f
        .store
        .environment_update(&write, &scope, id, Some(before.version), change.clone())
        .await
        .unwrap();
    assert_eq!(
        (after.generation, after.revision, after.version),
        (2, 2, before.version + 1)
    );
    let operations = f.store.operation_list(&f.read(), id, page()).await.unwrap().items;
    assert_eq!(operations[0].state, OperationState::Canceled);
    assert_eq!(operations[0].superseded_by, operation.map(|operation| operation.id));
    let (same, nothing) = f
        .store
        .environment_update(&write, &scope, id, None, change)
        .await
        .unwrap();
    assert!(nothing.is_none() && same.version == after.version);
}

#[tokio::test]
async fn deleting_twice_is_one_operation_and_the_name_is_free_again_afterwards() {
    let f = fixture().await;
    let id = f.create("web", &Write::default()).await.unwrap();
    let scope = f.caller.in_team(Action::EnvironmentDelete, f.team.id).unwrap();
    let (_, one) = f
        .store
        .environment_delete(&Write::default(), &scope, id, None)
        .await
        .unwrap();
    let (going, other) = f
        .store
        .environment_delete(&Write::default(), &scope, id, None)
        .await
        .unwrap();
    assert_eq!(one.id, other.id);
    assert_eq!(
        f.create("web", &Write::default()).await.unwrap_err().code(),
        Code::NameTaken
    );
    let mut record = PassRecord::new(id, going.generation);
    record.deleted = true;
    record.operation = Some((one.id, OperationEnd::Succeeded));
    f.store.pass_record(&f.fence().await, record).await.unwrap();
    assert_eq!(f.used().await, 0);
    assert!(f.store.work_load(id).await.unwrap().is_none());
    f.create("web", &Write::default()).await.unwrap();
}

fn object(name: &str, namespace: Option<&str>) -> NewIntent {
    let object = ObjectRef {
        api_version: "v1".into(),
        kind: "ConfigMap".into(),
        namespace: namespace.map(Into::into),
        name: name.into(),
    };
    NewIntent {
        resource: name.into(),
        object,
        layer: 1,
        on_delete: OnDelete::Delete,
    }
}

#[tokio::test]
async fn an_intent_written_twice_is_one_row_that_keeps_its_uid() {
    let f = fixture().await;
    let id = f.create("web", &Write::default()).await.unwrap();
    let fence = f.fence().await;
    let intents = [object("a", Some("ns")), object("a", None)];
    let mut rows = f.store.inventory_intend(&fence, id, &intents).await.unwrap();
    assert_eq!(rows.len(), 2);
    rows[0].uid = Some("u".into());
    let mut record = PassRecord::new(id, 1);
    record.objects.push(ObjectUpdate::of(&rows[0]));
    record.events.push(NewEvent::new(EventKind::ResourceApplied, "made"));
    f.store.pass_record(&fence, record).await.unwrap();
    let again = f
        .store
        .inventory_intend(
            &fence,
            id,
            &[
                NewIntent {
                    layer: 4,
                    ..intents[0].clone()
                },
                intents[1].clone(),
            ],
        )
        .await
        .unwrap();
    assert_eq!(again.len(), 2);
    let work = f.store.work_load(id).await.unwrap().unwrap();
    assert!(work.inventory.iter().any(|row| row.uid.as_deref() == Some("u")));
    let events = f
        .store
        .event_list(&f.read(), id, None, Page { limit: 9, after: None })
        .await
        .unwrap()
        .items;
    assert_eq!(events.len(), 2);
    assert!(events[0].sequence < events[1].sequence && events.iter().all(|event| event.operation.is_some()));
}

#[tokio::test]
async fn a_write_of_an_earlier_epoch_is_refused() {
    let f = fixture().await;
    let id = f.create("web", &Write::default()).await.unwrap();
    let (old, new) = (f.fence().await, f.fence().await);
    assert!(new.epoch > old.epoch);
    assert!(f.store.inventory_intend(&old, id, &[object("a", None)]).await.is_err());
    let mut record = PassRecord::new(id, 1);
    record.events.push(NewEvent::new(EventKind::EnvironmentReady, "ready"));
    assert!(f.store.pass_record(&old, record.clone()).await.is_err());
    assert!(!f.store.lease_renew(&old, Duration::from_secs(1)).await.unwrap());
    f.store.pass_record(&new, record).await.unwrap();
}

async fn session(f: &Fixture) -> berth_model::account::Session {
    let (end, idle) = (now() + TimeDelta::days(9), now() + TimeDelta::days(1));
    f.store
        .session_create(&Write::default(), f.user.id, "one".into(), end, idle)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_refresh_token_has_one_successor_and_its_reuse_ends_the_sign_in() {
    let f = fixture().await;
    let session = session(&f).await;
    let (write, idle): (_, Timestamp) = (Write::default(), now() + TimeDelta::days(1));
    assert!(f.store.caller_load(f.user.id, session.id).await.unwrap().is_some());
    assert_eq!(
        f.store.refresh_rotate(&write, "none", "x".into(), idle).await.unwrap(),
        Rotation::Refused
    );
    let rotate = |to: &str| f.store.refresh_rotate(&write, "one", to.to_owned(), idle);
    let (one, other) = tokio::join!(rotate("two"), rotate("three"));
    let outcomes = [one.unwrap(), other.unwrap()];
    assert!(outcomes.contains(&Rotation::Rotated(session)) && outcomes.contains(&Rotation::Reused));
    assert!(f.store.caller_load(f.user.id, session.id).await.unwrap().is_none());
    assert_eq!(
        f.store
            .refresh_rotate(&write, "two", "four".into(), idle)
            .await
            .unwrap(),
        Rotation::Refused
    );
}

#[tokio::test]
async fn another_password_ends_every_sign_in() {
    let f = fixture().await;
    let session = session(&f).await;
    f.store
        .user_password_set(&Write::default(), f.user.id, "other".into())
        .await
        .unwrap();
    assert!(f.store.caller_load(f.user.id, session.id).await.unwrap().is_none());
}

#[tokio::test]
async fn failures_block_their_own_name_and_outlive_the_flooding_of_others() {
    let (store, _folder) = empty().await;
    let throttle = Throttle {
        free: 2,
        first: TimeDelta::minutes(1),
        most: TimeDelta::hours(1),
        forget: TimeDelta::days(1),
    };
    let victim = vec!["account:ada".to_owned()];
    for _ in 0..3 {
        store.throttle_fail(&victim, throttle).await.unwrap();
    }
    for n in 0..50 {
        store.throttle_fail(&[format!("account:{n}")], throttle).await.unwrap();
    }
    assert!(store.throttle_check(&victim).await.unwrap().is_some());
    assert!(store.throttle_check(&["account:7".to_owned()]).await.unwrap().is_none());
    store.throttle_clear("account:ada").await.unwrap();
    assert!(store.throttle_check(&victim).await.unwrap().is_none());
}

#[tokio::test]
async fn a_team_always_has_a_maintainer_and_is_not_deleted_while_it_owns_something() {
    let f = fixture().await;
    let scope = f.caller.in_team(Action::MemberWrite, f.team.id).unwrap();
    let write = Write::default();
    let demoted = f
        .store
        .member_put(&write, &scope, f.team.id, f.user.id, TeamRole::Viewer)
        .await;
    assert_eq!(demoted.unwrap_err().code(), Code::StateConflict);
    let removed = f.store.member_remove(&write, &scope, f.team.id, f.user.id).await;
    assert_eq!(removed.unwrap_err().code(), Code::StateConflict);
    f.create("web", &write).await.unwrap();
    let scope = f.caller.in_team(Action::TeamDelete, f.team.id).unwrap();
    assert_eq!(
        f.store.team_delete(&write, &scope, f.team.id).await.unwrap_err().code(),
        Code::StateConflict
    );
}

#[tokio::test]
async fn the_schema_is_known_to_fit_to_be_behind_or_to_be_newer() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("berth.db").display());
    let store = Store::connect(&Options {
        url: url.clone(),
        max_connections: 2,
    })
    .await
    .unwrap();
    assert!(matches!(store.schema().await.unwrap(), SchemaState::Behind(_)));
    store.migrate().await.unwrap();
    store.migrate().await.unwrap();
    assert_eq!(store.schema().await.unwrap(), SchemaState::UpToDate);
    let raw = sea_orm::Database::connect(&url).await.unwrap();
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m2099_from_the_future', 1)";
    sea_orm::ConnectionTrait::execute_unprepared(&raw, newer).await.unwrap();
    assert_eq!(
        store.schema().await.unwrap(),
        SchemaState::Newer("m2099_from_the_future".into())
    );
}

#[tokio::test]
async fn an_sqlite_file_has_one_replica() {
    let (store, _folder) = empty().await;
    let _lock = store.lock_single_replica().unwrap();
    assert_eq!(store.lock_single_replica().unwrap_err().code(), Code::StateConflict);
}
