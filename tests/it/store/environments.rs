//! Environments: one transaction a request, lists, changes.

use super::*;

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
