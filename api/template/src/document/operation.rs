//! `actions` and `sleep`: what can be done to an environment beside changing it, by the ids of its resources.

use serde::Serialize;

use super::resource::is_id;
use super::texts;
use crate::finding::Findings;
use crate::place::{Fields, Place, child};
use crate::yaml::Content;

/// Something that can be done on demand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Action {
    /// The name it is called by.
    pub name: String,
    /// What to call it in front of people.
    pub title: String,
    /// What it does, in a sentence.
    pub summary: String,
    /// Resources whose pods are replaced, one after the other.
    pub restart: Vec<String>,
    #[serde(skip)]
    pub(crate) place: Place,
}

/// What sleeping means.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sleep {
    /// Resources that are scaled to zero, and `CronJob`s that are suspended.
    pub scale: Vec<String>,
    /// Databases that stop and keep their data.
    pub hibernate: Vec<String>,
    #[serde(skip)]
    pub(crate) place: Place,
}

/// Reads both.
pub(crate) fn read(spec: &Fields<'_>, findings: &mut Findings) -> (Vec<Action>, Option<Sleep>) {
    let sleep = spec.get("sleep").map(|node| {
        let fields = Fields::read(node, &spec.path("sleep"), &["scale", "hibernate"], findings);
        Sleep {
            scale: texts(&fields, "scale", findings),
            hibernate: texts(&fields, "hibernate", findings),
            place: fields.place().clone(),
        }
    });
    let Some(node) = spec.get("actions") else {
        return (Vec::new(), sleep);
    };
    let path = spec.path("actions");
    let Content::Map(entries) = &node.content else {
        findings.error(
            &Place::of(node, &path),
            format!("must be a mapping of names to actions, not {}", node.kind()),
        );
        return (Vec::new(), sleep);
    };
    let mut actions = Vec::with_capacity(entries.len());
    for entry in entries {
        let path = child(&path, &entry.key);
        let place = Place::of_key(entry, &path);
        if !is_id(&entry.key) {
            findings.error(&place, "an action's name must be lowerCamelCase");
        }
        let fields = Fields::read(&entry.value, &path, &["title", "summary", "restart"], findings);
        let restart = texts(&fields, "restart", findings);
        if restart.is_empty() {
            findings.suggest(&place, "the action does nothing", "name resources in `restart`");
        }
        let mut text = |field: &str| fields.text(field, findings).map(|(text, _)| text.to_owned());
        actions.push(Action {
            title: text("title").unwrap_or_else(|| entry.key.clone()),
            summary: text("summary").unwrap_or_default(),
            name: entry.key.clone(),
            restart,
            place,
        });
    }
    (actions, sleep)
}
