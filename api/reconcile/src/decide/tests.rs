//! The decisions as tables: one row a situation.

use berth_model::id::EnvironmentId;
use berth_model::time;
use serde_json::{Value, json};

use super::*;
use crate::plan::Waiting;

fn address(name: &str) -> ObjectRef {
    ObjectRef {
        api_version: "v1".into(),
        kind: "ConfigMap".into(),
        namespace: Some("pay-web".into()),
        name: name.into(),
    }
}

fn manifest(name: &str, value: &str) -> Value {
    json!({"metadata": {"name": name}, "data": {"key": value}})
}

fn wanted(name: &str, layer: i32, dependencies: &[&str]) -> Wanted {
    let manifest = manifest(name, "wanted");
    Wanted {
        resource: name.into(),
        layer,
        dependencies: dependencies.iter().map(|id| (*id).to_owned()).collect(),
        object: address(name),
        digest: canonical::digest(&manifest),
        manifest,
        secret: None,
        on_delete: OnDelete::Delete,
    }
}

/// As the cluster has it: with a value, under a UID, perhaps on its way out.
fn live(name: &str, value: &str, uid: &str, going: bool) -> Live {
    let mut object = manifest(name, value);
    object["metadata"]["uid"] = json!(uid);
    object["metadata"]["resourceVersion"] = json!("7");
    if going {
        object["metadata"]["deletionTimestamp"] = json!("2026-01-31T12:00:00Z");
    }
    Live::new(object)
}

/// As it is written down after it was applied and seen.
fn row(of: &Wanted, uid: Option<&str>) -> InventoryObject {
    let seen = live(&of.resource, "wanted", "1", false);
    InventoryObject {
        id: InventoryId::new(),
        environment: EnvironmentId::new(),
        resource: of.resource.clone(),
        object: of.object.clone(),
        layer: of.layer,
        on_delete: of.on_delete,
        uid: uid.map(ToOwned::to_owned),
        desired_hash: uid.map(|_| of.digest.clone()),
        observed_hash: uid.map(|_| observed(&seen, of)),
        ready: true,
        message: String::new(),
        created_at: time::now(),
        updated_at: time::now(),
    }
}

fn inventory(rows: Vec<InventoryObject>) -> Inventory {
    rows.into_iter().map(|row| (row.object.clone(), row)).collect()
}

/// Decides about one object; the word for why it is written, and whether it is settled.
fn decided(of: &Wanted, row: Option<InventoryObject>, sight: &Sight) -> (Option<&'static str>, bool) {
    let plan = Plan {
        wanted: vec![of.clone()],
        ..Plan::default()
    };
    let decision = decide(&plan, &inventory(row.into_iter().collect()), |_| sight.clone());
    let why = decision.writes.first().map(|write| match &write.why {
        Why::New => "new",
        Why::Changed => "changed",
        Why::Lost => "lost",
        Why::Drifted(fields) => {
            let paths: Vec<_> = fields.iter().map(|field| field.path.as_str()).collect();
            assert_eq!(paths, ["/data/key"]);
            "drifted"
        }
    });
    (why, !decision.settled.is_empty())
}

#[test]
fn what_becomes_of_an_object_depends_on_what_is_wanted_written_down_and_there() {
    let one = wanted("one", 1, &[]);
    let other_template = InventoryObject {
        desired_hash: Some("another".into()),
        ..row(&one, Some("1"))
    };
    let there = |value, uid, going| Sight::There(live("one", value, uid, going));
    let cases: [(&str, Option<InventoryObject>, Sight, Option<&str>); 12] = [
        ("never heard of", None, Sight::Missing, Some("new")),
        (
            "an intent without its effect",
            Some(row(&one, None)),
            Sight::Missing,
            Some("new"),
        ),
        (
            "an intent whose effect was not noted",
            Some(row(&one, None)),
            there("wanted", "1", false),
            Some("new"),
        ),
        (
            "an intent, and what is there is going",
            Some(row(&one, None)),
            there("wanted", "1", true),
            None,
        ),
        (
            "as it should be",
            Some(row(&one, Some("1"))),
            there("wanted", "1", false),
            None,
        ),
        (
            "not watched and as it should be",
            Some(row(&one, Some("1"))),
            Sight::Unwatched,
            None,
        ),
        ("gone", Some(row(&one, Some("1"))), Sight::Missing, Some("lost")),
        ("going", Some(row(&one, Some("1"))), there("wanted", "1", true), None),
        (
            "made again by somebody",
            Some(row(&one, Some("1"))),
            there("wanted", "2", false),
            Some("new"),
        ),
        (
            "edited by somebody",
            Some(row(&one, Some("1"))),
            there("edited", "1", false),
            Some("drifted"),
        ),
        (
            "another manifest",
            Some(other_template.clone()),
            there("wanted", "1", false),
            Some("changed"),
        ),
        (
            "another manifest, not watched",
            Some(other_template),
            Sight::Unwatched,
            Some("changed"),
        ),
    ];
    for (what, row, sight, expected) in cases {
        let going = matches!(&sight, Sight::There(live) if live.is_going());
        let settled = expected.is_none() && !going;
        assert_eq!(decided(&one, row, &sight), (expected, settled), "{what}");
    }
}

#[test]
fn everything_whose_dependencies_are_in_place_is_written_at_once() {
    let plan = Plan {
        wanted: vec![
            wanted("space", 0, &[]),
            wanted("a", 1, &["space"]),
            wanted("b", 1, &["space"]),
            wanted("c", 2, &["a"]),
        ],
        ..Plan::default()
    };
    let writes = |done: &[&str]| {
        let rows = plan.wanted.iter().filter(|one| done.contains(&one.resource.as_str()));
        let rows = inventory(rows.map(|one| row(one, Some("1"))).collect());
        let sight = |object: &ObjectRef| {
            if rows.contains_key(object) {
                Sight::There(live(&object.name, "wanted", "1", false))
            } else {
                Sight::Missing
            }
        };
        let decision = decide(&plan, &rows, sight);
        decision
            .writes
            .iter()
            .map(|write| plan.wanted[write.index].resource.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(writes(&[]), ["space"]);
    assert_eq!(writes(&["space"]), ["a", "b"]);
    assert_eq!(writes(&["space", "a"]), ["b", "c"]);
    assert_eq!(writes(&["space", "a", "b", "c"]), [""; 0]);
}

#[test]
fn nothing_is_written_on_top_of_what_cannot_be_rendered_yet() {
    let plan = Plan {
        wanted: vec![wanted("a", 1, &["late"])],
        waiting: vec![Waiting {
            resource: "late".into(),
            on: "database".into(),
            path: "status.host".into(),
        }],
        ..Plan::default()
    };
    let decision = decide(&plan, &Inventory::new(), |_| Sight::Missing);
    assert_eq!(decision.writes, []);
}

#[test]
fn what_is_written_down_and_not_wanted_is_surplus() {
    let (kept, gone) = (wanted("kept", 1, &[]), wanted("gone", 1, &[]));
    let surplus = row(&gone, Some("1"));
    let id = surplus.id;
    let rows = inventory(vec![row(&kept, Some("1")), surplus]);
    let plan = Plan {
        wanted: vec![kept],
        ..Plan::default()
    };
    let decision = decide(&plan, &rows, |object| {
        Sight::There(live(&object.name, "wanted", "1", false))
    });
    assert_eq!((decision.surplus, decision.writes), (vec![id], vec![]));
}

#[test]
fn removal_takes_the_highest_layer_and_only_what_is_known_to_be_ours() {
    let one = wanted("one", 1, &[]);
    let kept = InventoryObject {
        on_delete: OnDelete::Retain,
        ..row(&one, Some("1"))
    };
    let there = |uid, going| Sight::There(live("one", "wanted", uid, going));
    let cases = [
        ("there", row(&one, Some("1")), there("1", false), "delete"),
        ("not watched", row(&one, Some("1")), Sight::Unwatched, "delete"),
        ("known to be gone", row(&one, Some("1")), Sight::Missing, "gone"),
        ("going", row(&one, Some("1")), there("1", true), "going"),
        (
            "another one under its name",
            row(&one, Some("1")),
            there("2", false),
            "look",
        ),
        ("an intent and nothing there", row(&one, None), Sight::Missing, "look"),
        (
            "an intent and something there",
            row(&one, None),
            there("1", false),
            "look",
        ),
        ("to be retained", kept.clone(), there("1", false), "retain"),
        ("to be retained and gone", kept, Sight::Missing, "gone"),
    ];
    for (what, row, sight, expected) in cases {
        let below = InventoryObject {
            layer: 0,
            ..self::row(&wanted("space", 0, &[]), Some("9"))
        };
        let removal = remove(&[&row, &below], |_| sight.clone());
        let all = |ids: &[InventoryId]| ids.contains(&row.id);
        let Removal {
            gone,
            delete,
            retain,
            look,
            going,
        } = &removal;
        let by_uid: Vec<_> = delete.iter().map(|(id, _)| *id).collect();
        let found: Vec<_> = [
            ("gone", gone),
            ("delete", &by_uid),
            ("retain", retain),
            ("look", look),
            ("going", going),
        ]
        .into_iter()
        .filter(|(_, ids)| !ids.is_empty())
        .map(|(name, ids)| (name, ids.len(), all(ids)))
        .collect();
        assert_eq!(found, [(expected, 1, true)], "{what}");
        assert!(delete.iter().all(|(_, uid)| uid == "1"), "{what}");
    }
}
