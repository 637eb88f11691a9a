//! The decisions, pure: what is wanted, what is written down and what is live in; the next steps out.
//!
//! Knows no clock, no database and no network, so that every decision is a row of a table in the tests.

use std::collections::{BTreeMap, BTreeSet};

use berth_cluster::{FieldDrift, Live, drift, project};
use berth_model::canonical;
use berth_model::id::InventoryId;
use berth_model::inventory::{InventoryObject, ObjectRef, OnDelete};

use crate::plan::{Plan, Wanted};

/// What the watches know of an object.
#[derive(Debug, Clone)]
pub enum Sight {
    /// Its kind is not watched: what is written down has to do.
    Unwatched,
    /// It is not there.
    Missing,
    /// It is there.
    There(Live),
}

/// Why an object is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It was never there, or nothing is known of whether it was.
    New,
    /// The manifest is another one than was last applied.
    Changed,
    /// It was there and is gone.
    Lost,
    /// Fields of ours have other values: which, and who set them.
    Drifted(Vec<FieldDrift>),
}

/// One object to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    /// Its place in the plan.
    pub index: usize,
    /// Why.
    pub why: Why,
}

/// What to do about the objects that are wanted.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// What to write now, all at once.
    pub writes: Vec<Write>,
    /// What is as it should be, by resource.
    pub settled: BTreeSet<String>,
    /// What is wanted no longer; to be deleted only when everything wanted is settled.
    pub surplus: Vec<InventoryId>,
}

/// The inventory by address.
pub type Inventory = BTreeMap<ObjectRef, InventoryObject>;

/// Decides about everything that is wanted.
pub fn decide(plan: &Plan, inventory: &Inventory, sight: impl Fn(&ObjectRef) -> Sight) -> Decision {
    let mut decision = Decision::default();
    for (index, wanted) in plan.wanted.iter().enumerate() {
        match state(wanted, inventory.get(&wanted.object), &sight(&wanted.object)) {
            State::Settled => {
                decision.settled.insert(wanted.resource.clone());
            }
            State::Going => {}
            State::Write(why) => {
                let ready = wanted
                    .dependencies
                    .iter()
                    .all(|id| decision.settled.contains(id) || !plan.has(id));
                if ready && !plan.waits_for(wanted) {
                    decision.writes.push(Write { index, why });
                }
            }
        }
    }
    let wanted: BTreeSet<_> = plan.wanted.iter().map(|wanted| &wanted.object).collect();
    let surplus = inventory.values().filter(|row| !wanted.contains(&row.object));
    decision.surplus = surplus.map(|row| row.id).collect();
    decision
}

impl Plan {
    fn has(&self, resource: &str) -> bool {
        self.wanted.iter().any(|wanted| wanted.resource == resource)
    }

    /// Whether something the object depends on cannot even be rendered yet.
    fn waits_for(&self, wanted: &Wanted) -> bool {
        self.waiting
            .iter()
            .any(|waiting| wanted.dependencies.contains(&waiting.resource))
    }
}

enum State {
    Settled,
    /// Being deleted by somebody: it comes back once it is gone.
    Going,
    Write(Why),
}

fn state(wanted: &Wanted, row: Option<&InventoryObject>, sight: &Sight) -> State {
    let Some((row, uid)) = row.and_then(|row| Some((row, row.uid.as_deref()?))) else {
        return match sight {
            Sight::There(live) if live.is_going() => State::Going,
            Sight::There(_) | Sight::Missing | Sight::Unwatched => State::Write(Why::New),
        };
    };
    match sight {
        Sight::Missing => State::Write(Why::Lost),
        Sight::There(live) if live.is_going() => State::Going,
        Sight::There(live) if live.uid != uid => State::Write(Why::New),
        Sight::There(_) | Sight::Unwatched if row.desired_hash.as_deref() != Some(&wanted.digest) => {
            State::Write(Why::Changed)
        }
        Sight::There(live) if row.observed_hash.as_deref() != Some(&observed(live, wanted)) => {
            State::Write(Why::Drifted(drift::describe(live, &wanted.manifest)))
        }
        Sight::There(_) | Sight::Unwatched => State::Settled,
    }
}

/// The digest of what the cluster made of the fields that we set: equal digests mean that nobody changed them.
pub fn observed(live: &Live, wanted: &Wanted) -> String {
    canonical::digest(&project(&live.object, &wanted.manifest))
}

/// What to do about objects that must go.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Removal {
    /// Known to be gone: their rows go.
    pub gone: Vec<InventoryId>,
    /// To be deleted, by UID.
    pub delete: Vec<(InventoryId, String)>,
    /// To be left in the cluster, without our labels.
    pub retain: Vec<InventoryId>,
    /// To be asked for: it is not known whether they are there, or under which UID.
    pub look: Vec<InventoryId>,
    /// On their way out.
    pub going: Vec<InventoryId>,
}

/// Decides about the highest layer that is left of what must go; lower layers wait for it.
pub fn remove(rows: &[&InventoryObject], sight: impl Fn(&ObjectRef) -> Sight) -> Removal {
    let mut removal = Removal::default();
    let Some(top) = rows.iter().map(|row| row.layer).max() else {
        return removal;
    };
    for row in rows.iter().filter(|row| row.layer == top) {
        match (&row.uid, sight(&row.object)) {
            (Some(_), Sight::Missing) => removal.gone.push(row.id),
            // Ours by its label and not the one written down: a crash came between making it and noting it.
            (Some(uid), Sight::There(live)) if live.uid != *uid => removal.look.push(row.id),
            (Some(_), Sight::There(live)) if live.is_going() => removal.going.push(row.id),
            (Some(_), _) if row.on_delete == OnDelete::Retain => removal.retain.push(row.id),
            (Some(uid), Sight::There(_) | Sight::Unwatched) => removal.delete.push((row.id, uid.clone())),
            (None, _) => removal.look.push(row.id),
        }
    }
    removal
}

#[cfg(test)]
mod tests;
