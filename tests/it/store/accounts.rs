//! Accounts, sign-ins and teams.

use super::*;

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
