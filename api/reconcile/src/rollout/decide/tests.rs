use berth_model::condition::Condition;
use berth_model::environment::TemplateRef;
use berth_model::id::{RolloutId, TeamId, UserId};
use berth_model::name::{EnvironmentName, TeamName, Username};
use berth_model::rollout::{Pace, Selector};
use berth_model::time;
use semver::Version;
use serde_json::json;

use super::*;

const OLD: Version = Version::new(1, 0, 0);
const NEW: Version = Version::new(1, 1, 0);

/// A rollout with two environments in its second wave and one in its first.
struct Scene {
    rollout: Rollout,
    targets: Vec<Target>,
    environments: BTreeMap<EnvironmentId, Environment>,
    now: Timestamp,
}

fn scene() -> Scene {
    let now = time::now();
    let environments: Vec<Environment> = (0..3).map(|_| environment(now)).collect();
    let target = |(position, environment): (usize, &Environment)| Target {
        environment: environment.id,
        name: environment.name.clone(),
        team: environment.team,
        team_name: environment.team_name.clone(),
        wave: if position == 0 { 1 } else { 2 },
        state: TargetState::Waiting,
        reason: None,
        from: OLD,
        from_revision: None,
        generation: None,
        updated_at: now,
    };
    Scene {
        rollout: Rollout {
            id: RolloutId::new(),
            template: "web".to_owned(),
            version: NEW,
            selector: Selector::default(),
            pace: Pace {
                first: 1,
                size: 2,
                pause: 60,
                ready_within: 300,
                max_failures: 0,
                on_failure: OnFailure::Halt,
            },
            state: RolloutState::Running,
            reason: None,
            wave: 0,
            waves: 2,
            wave_done_at: None,
            forgiven: 0,
            author: UserId::new(),
            revision: 1,
            created_at: now,
            updated_at: now,
            finished_at: None,
        },
        targets: environments.iter().enumerate().map(target).collect(),
        environments: environments.into_iter().map(|one| (one.id, one)).collect(),
        now,
    }
}

fn environment(now: Timestamp) -> Environment {
    Environment {
        id: EnvironmentId::new(),
        team: TeamId::new(),
        team_name: TeamName::parse("shop").unwrap(),
        name: EnvironmentName::parse("web").unwrap(),
        owner: UserId::new(),
        owner_name: Username::parse("ada").unwrap(),
        template: TemplateRef {
            name: "web".to_owned(),
            version: OLD,
        },
        parameters: json!({}),
        labels: BTreeMap::new(),
        cluster: "local".to_owned(),
        namespace: "shop-web".to_owned(),
        source: None,
        desired: Desired::Running,
        generation: 1,
        revision: 1,
        version: 1,
        observed_generation: 1,
        conditions: Vec::new(),
        outputs: BTreeMap::new(),
        created_at: now,
        updated_at: now,
        deleted_at: None,
    }
}

impl Scene {
    fn decide(&self) -> Step {
        decide(&self.rollout, &self.targets, &self.environments, self.now)
    }

    fn id(&self, position: usize) -> EnvironmentId {
        self.targets[position].environment
    }

    /// The environment was moved, and stands like this.
    fn moved(&mut self, position: usize, state: TargetState, to: Version, ready: ConditionStatus, stalled: bool) {
        let target = &mut self.targets[position];
        (target.state, target.from_revision, target.generation) = (state, Some(1), Some(2));
        let environment = self.environments.get_mut(&target.environment).unwrap();
        (environment.template.version, environment.generation) = (to, 2);
        let condition = |kind, status| Condition {
            kind,
            status,
            reason: "Test".to_owned(),
            message: "the pod web-0 crashes".to_owned(),
            resource: None,
            observed_generation: 2,
            last_transition_time: self.now,
        };
        let stalled = if stalled {
            ConditionStatus::True
        } else {
            ConditionStatus::False
        };
        environment.conditions = vec![
            condition(ConditionKind::Ready, ready),
            condition(ConditionKind::Stalled, stalled),
        ];
        if ready == ConditionStatus::True {
            environment
                .conditions
                .push(condition(ConditionKind::Provisioned, ConditionStatus::True));
        }
    }
}

#[test]
fn the_first_wave_begins_at_once_and_alone() {
    let scene = scene();
    let step = scene.decide();
    assert_eq!(
        (step.progress.wave, step.upgrade.as_slice()),
        (Some(1), &[scene.id(0)][..])
    );
}

#[test]
fn nothing_begins_while_a_wave_comes_up_and_the_time_limit_wakes() {
    let mut scene = scene();
    scene.rollout.wave = 1;
    scene.moved(0, TargetState::Upgrading, NEW, ConditionStatus::False, false);
    let step = scene.decide();
    assert!(step.in_hand && step.upgrade.is_empty() && step.progress == Progress::default());
    assert_eq!(step.wake, Some(scene.now + TimeDelta::seconds(300)));
}

#[test]
fn the_next_wave_waits_for_the_pause_after_the_last_one_is_ready() {
    let mut scene = scene();
    scene.rollout.wave = 1;
    scene.moved(0, TargetState::Upgrading, NEW, ConditionStatus::True, false);
    let step = scene.decide();
    assert_eq!(step.progress.marks[0].state, TargetState::Ready);
    assert_eq!(step.progress.wave_done_at, Some(scene.now));
    assert_eq!(
        (step.wake, step.upgrade.len()),
        (Some(scene.now + TimeDelta::seconds(60)), 0)
    );

    scene.targets[0].state = TargetState::Ready;
    scene.rollout.wave_done_at = Some(scene.now - TimeDelta::seconds(60));
    let step = scene.decide();
    assert_eq!(
        (step.progress.wave, step.upgrade),
        (Some(2), vec![scene.id(1), scene.id(2)])
    );
}

#[test]
fn a_wave_that_was_cut_short_goes_on_after_a_restart() {
    let mut scene = scene();
    scene.rollout.wave = 2;
    scene.moved(0, TargetState::Ready, NEW, ConditionStatus::True, false);
    scene.moved(1, TargetState::Ready, NEW, ConditionStatus::True, false);
    assert_eq!(scene.decide().upgrade, [scene.id(2)]);
}

#[test]
fn it_is_completed_when_every_environment_was_dealt_with() {
    let mut scene = scene();
    scene.rollout.wave = 2;
    for position in 0..3 {
        scene.moved(position, TargetState::Ready, NEW, ConditionStatus::True, false);
    }
    scene.targets[2].state = TargetState::Skipped;
    assert_eq!(scene.decide().progress.state, Some((RolloutState::Completed, None)));
}

#[test]
fn failures_stop_it_and_the_first_is_told() {
    for (on_failure, state) in [
        (OnFailure::Halt, RolloutState::Halted),
        (OnFailure::RollBack, RolloutState::RollingBack),
    ] {
        for late in [false, true] {
            let mut scene = scene();
            scene.rollout.pace.on_failure = on_failure;
            scene.rollout.wave = 1;
            scene.moved(0, TargetState::Upgrading, NEW, ConditionStatus::False, !late);
            if late {
                scene.now += TimeDelta::seconds(300);
            }
            let step = scene.decide();
            let (to, reason) = step.progress.state.unwrap();
            assert_eq!(to, state);
            let reason = reason.unwrap();
            assert!(reason.starts_with("1 failed, 0 may; the first: shop/web: "), "{reason}");
            assert!(reason.contains("the pod web-0 crashes"), "{reason}");
            assert_eq!(reason.contains("not ready after 300 seconds"), late, "{reason}");
            assert!(step.upgrade.is_empty());
        }
    }
}

#[test]
fn failures_that_are_allowed_or_forgiven_stop_nothing() {
    for (max_failures, forgiven) in [(1, 0), (0, 1)] {
        let mut scene = scene();
        (scene.rollout.pace.max_failures, scene.rollout.forgiven) = (max_failures, forgiven);
        (scene.rollout.wave, scene.rollout.pace.pause) = (1, 0);
        scene.moved(0, TargetState::Failed, NEW, ConditionStatus::False, true);
        assert_eq!(scene.decide().upgrade, [scene.id(1), scene.id(2)]);
    }
}

#[test]
fn what_was_stopped_is_still_watched_and_nothing_begins() {
    for state in [RolloutState::Paused, RolloutState::Halted] {
        let mut scene = scene();
        (scene.rollout.state, scene.rollout.wave) = (state, 1);
        scene.moved(0, TargetState::Upgrading, NEW, ConditionStatus::True, false);
        let step = scene.decide();
        assert_eq!(step.progress.marks[0].state, TargetState::Ready);
        assert!(step.upgrade.is_empty() && step.progress.state.is_none());
    }
}

#[test]
fn what_somebody_else_moved_or_deleted_is_left_alone() {
    let mut scene = scene();
    scene
        .environments
        .get_mut(&scene.targets[0].environment)
        .unwrap()
        .desired = Desired::Absent;
    scene
        .environments
        .get_mut(&scene.targets[1].environment)
        .unwrap()
        .template
        .version = Version::new(2, 0, 0);
    scene.moved(2, TargetState::Upgrading, OLD, ConditionStatus::True, false);
    let step = scene.decide();
    let reasons: Vec<_> = step
        .progress
        .marks
        .iter()
        .map(|mark| mark.reason.clone().unwrap())
        .collect();
    assert_eq!(
        reasons,
        [
            "it was deleted",
            "somebody moved it to web@2.0.0",
            "somebody moved it to web@1.0.0"
        ]
    );
    assert!(
        step.progress
            .marks
            .iter()
            .all(|mark| mark.state == TargetState::Skipped)
    );
    assert_eq!(step.progress.state, Some((RolloutState::Completed, None)));
}

#[test]
fn going_back_takes_what_was_moved_and_nothing_that_somebody_changed_since() {
    let mut scene = scene();
    scene.rollout.state = RolloutState::RollingBack;
    scene.moved(0, TargetState::Ready, NEW, ConditionStatus::True, false);
    scene.moved(1, TargetState::Failed, NEW, ConditionStatus::False, true);
    scene.moved(2, TargetState::Ready, NEW, ConditionStatus::True, false);
    scene
        .environments
        .get_mut(&scene.targets[2].environment)
        .unwrap()
        .generation = 3;
    let step = scene.decide();
    assert_eq!(step.revert, [scene.id(0), scene.id(1)]);
    assert_eq!(
        step.progress.marks[0].reason.as_deref(),
        Some("somebody changed it after it was upgraded")
    );
    assert_eq!(step.progress.state, None);

    scene.targets[2].state = TargetState::Skipped;
    scene.moved(0, TargetState::Reverting, OLD, ConditionStatus::True, false);
    scene.moved(1, TargetState::Reverting, OLD, ConditionStatus::False, true);
    let step = scene.decide();
    let states: Vec<_> = step.progress.marks.iter().map(|mark| mark.state).collect();
    assert_eq!(states, [TargetState::Reverted, TargetState::Failed]);

    scene.targets[0].state = TargetState::Reverted;
    scene.targets[1].state = TargetState::Failed;
    assert_eq!(scene.decide().progress.state, Some((RolloutState::RolledBack, None)));
}
