//! What the watches know: the latest state of every labelled object.
//!
//! Two sources feed it, the watches and the answers to our own calls, in any order. The newer resource version wins,
//! and a UID that was seen to be gone never comes back.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{PoisonError, RwLock, RwLockWriteGuard};

use berth_model::id::EnvironmentId;
use berth_model::inventory::ObjectRef;

use crate::kind::Kind;
use crate::live::Live;

/// How many UIDs that are gone are remembered: more than can be in flight.
const GRAVES: usize = 20_000;

#[derive(Debug, Default)]
pub(super) struct Known {
    state: RwLock<State>,
}

#[derive(Debug, Default)]
struct State {
    objects: HashMap<ObjectRef, Live>,
    gone: HashSet<String>,
    order: VecDeque<String>,
}

impl Known {
    pub(super) fn get(&self, object: &ObjectRef) -> Option<Live> {
        self.state
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .objects
            .get(object)
            .cloned()
    }

    /// An answer to our own call.
    pub(super) fn record(&self, object: &ObjectRef, live: Live) {
        self.write().put(object, live);
    }

    pub(super) fn forget(&self, object: &ObjectRef, uid: &str) {
        self.write().bury(object, uid);
    }

    /// A state from the watch. Returns the environment to wake, if this is news.
    pub(super) fn observe(&self, object: &ObjectRef, live: Live) -> Option<EnvironmentId> {
        let environment = live.environment();
        self.write().put(object, live).then_some(environment)?
    }

    /// A deletion from the watch. Returns the environment to wake, if this is news.
    pub(super) fn lose(&self, object: &ObjectRef, live: &Live) -> Option<EnvironmentId> {
        self.write().bury(object, &live.uid).then_some(live.environment())?
    }

    /// A complete list of a kind: what is not in it and older is gone. Returns the environments to wake.
    pub(super) fn replace(&self, kind: &Kind, listed: Vec<(ObjectRef, Live)>) -> HashSet<EnvironmentId> {
        let mut state = self.write();
        let newest = listed.iter().map(|(_, live)| live.resource_version).max().unwrap_or(0);
        let there: HashSet<_> = listed
            .iter()
            .map(|(object, live)| (object.clone(), live.uid.clone()))
            .collect();
        let of_kind = |object: &ObjectRef| object.kind == kind.kind && object.api_version == kind.api_version;
        let missing: Vec<_> = state
            .objects
            .iter()
            .filter(|(object, live)| of_kind(object) && !there.contains(&((*object).clone(), live.uid.clone())))
            // Recorded by ourselves while the list was under way: the watch that follows will bring it.
            .filter(|(_, live)| live.resource_version <= newest)
            .map(|(object, live)| (object.clone(), live.clone()))
            .collect();
        let mut wake = HashSet::new();
        for (object, live) in missing {
            wake.extend(state.bury(&object, &live.uid).then_some(live.environment()).flatten());
        }
        for (object, live) in listed {
            let environment = live.environment();
            wake.extend(state.put(&object, live).then_some(environment).flatten());
        }
        wake
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes in a state; true when it is newer than what was known and differs in more than its version.
    fn put(&mut self, object: &ObjectRef, live: Live) -> bool {
        if self.gone.contains(&live.uid) {
            return false;
        }
        match self.objects.get(object) {
            Some(old) if old.resource_version >= live.resource_version => false,
            Some(old) => {
                let news = old.differs(&live);
                self.objects.insert(object.clone(), live);
                news
            }
            None => {
                self.objects.insert(object.clone(), live);
                true
            }
        }
    }

    /// Takes in that a UID is gone; true when that was not known.
    fn bury(&mut self, object: &ObjectRef, uid: &str) -> bool {
        let there = self.objects.get(object).is_some_and(|live| live.uid == uid);
        if there {
            self.objects.remove(object);
        }
        if self.gone.insert(uid.to_owned()) {
            self.order.push_back(uid.to_owned());
            if self.order.len() > GRAVES
                && let Some(oldest) = self.order.pop_front()
            {
                self.gone.remove(&oldest);
            }
        }
        there
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object() -> ObjectRef {
        let text = str::to_owned;
        ObjectRef {
            api_version: text("v1"),
            kind: text("ConfigMap"),
            namespace: Some(text("ns")),
            name: text("a"),
        }
    }

    fn live(uid: &str, version: u64, data: &str) -> Live {
        let environment = "env_019ab7e4c0de7a11b0a75eafa12e5001";
        Live::new(json!({
            "metadata": {"uid": uid, "resourceVersion": version.to_string(), "labels": {"berth.dev/environment": environment}},
            "data": {"key": data},
        }))
    }

    #[test]
    fn our_own_write_arriving_again_by_the_watch_is_no_news() {
        let known = Known::default();
        known.record(&object(), live("1", 5, "x"));
        assert_eq!(known.observe(&object(), live("1", 5, "x")), None);
        assert_eq!(known.observe(&object(), live("1", 4, "older")), None);
        assert_eq!(
            known.observe(&object(), live("1", 6, "x")),
            None,
            "only the version changed"
        );
        assert!(known.observe(&object(), live("1", 7, "y")).is_some());
    }

    #[test]
    fn what_is_gone_never_comes_back_under_its_uid() {
        let known = Known::default();
        known.record(&object(), live("1", 5, "x"));
        assert!(known.lose(&object(), &live("1", 6, "x")).is_some());
        known.record(&object(), live("1", 5, "x"));
        assert_eq!(known.get(&object()), None);
        assert!(known.observe(&object(), live("2", 7, "x")).is_some());
        assert_eq!(known.get(&object()).unwrap().uid, "2");
        assert_eq!(
            known.lose(&object(), &live("1", 8, "x")),
            None,
            "a late deletion of the former object"
        );
        assert!(known.get(&object()).is_some());
    }

    #[test]
    fn a_new_list_buries_what_is_not_in_it_and_spares_what_is_newer() {
        let known = Known::default();
        let kind = Kind::new("v1", "ConfigMap");
        let other = ObjectRef {
            name: "b".into(),
            ..object()
        };
        known.record(&object(), live("1", 5, "x"));
        known.record(&other, live("2", 50, "x"));
        let third = ObjectRef {
            name: "c".into(),
            ..object()
        };
        let wake = known.replace(&kind, vec![(third.clone(), live("3", 20, "x"))]);
        assert_eq!(wake.len(), 1);
        assert!(known.get(&object()).is_none() && known.get(&other).is_some() && known.get(&third).is_some());
    }
}
