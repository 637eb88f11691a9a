//! Whether `actions` and `sleep` name resources that can do what they are named for.

use crate::compiled::Kind;
use crate::document::Document;
use crate::document::resource::{Body, Resource};
use crate::finding::Findings;
use crate::place::{Place, child, item};
use crate::plan::Children;
use crate::suggest::nearest;

/// What a resource is asked to do.
#[derive(Clone, Copy)]
enum Ability {
    Restart,
    Scale,
    Hibernate,
}

/// Checks every id that an action or `sleep` names.
pub(crate) fn check(document: &Document, children: &Children, findings: &mut Findings) {
    for action in &document.actions {
        let path = child(&action.place.path, "restart");
        check_list(
            document,
            children,
            &action.restart,
            Ability::Restart,
            &action.place,
            &path,
            findings,
        );
    }
    if let Some(sleep) = &document.sleep {
        for (ids, ability, field) in [
            (&sleep.scale, Ability::Scale, "scale"),
            (&sleep.hibernate, Ability::Hibernate, "hibernate"),
        ] {
            let path = child(&sleep.place.path, field);
            check_list(document, children, ids, ability, &sleep.place, &path, findings);
        }
    }
}

fn check_list(
    document: &Document,
    children: &Children,
    ids: &[String],
    ability: Ability,
    place: &Place,
    path: &str,
    findings: &mut Findings,
) {
    for (index, id) in ids.iter().enumerate() {
        let at = Place {
            path: item(path, index),
            ..place.clone()
        };
        let Some(position) = document.resources.iter().position(|resource| resource.id == *id) else {
            let message = format!("there is no resource `{id}`");
            match nearest(id, document.resources.iter().map(|resource| resource.id.as_str())) {
                Some(meant) => findings.suggest(&at, message, format!("did you mean `{meant}`?")),
                None => findings.error(&at, message),
            }
            continue;
        };
        let resource = &document.resources[position];
        // A template that did not resolve is reported already.
        let unresolved = matches!(resource.body, Body::Use(_)) && !children.contains_key(&position);
        if !unresolved && !kinds(resource, position, children).iter().any(|kind| ability.has(kind)) {
            findings.error(&at, format!("`{id}` {}", ability.lack()));
        }
    }
}

/// The kinds a resource comes to.
fn kinds(resource: &Resource, position: usize, children: &Children) -> Vec<Kind> {
    match &resource.body {
        Body::Object { kind, .. } => vec![kind.clone()],
        Body::Secret(_) => Vec::new(),
        Body::Use(_) => children
            .get(&position)
            .map(|child| child.kinds().to_vec())
            .unwrap_or_default(),
    }
}

impl Ability {
    fn has(self, kind: &Kind) -> bool {
        let kind = kind.kind.as_str();
        match self {
            Self::Restart => matches!(kind, "Deployment" | "StatefulSet"),
            Self::Scale => matches!(kind, "Deployment" | "StatefulSet" | "CronJob"),
            Self::Hibernate => matches!(kind, "StatefulSet" | "Cluster"),
        }
    }

    const fn lack(self) -> &'static str {
        match self {
            Self::Restart => "has no pods that could be restarted: name a Deployment or a StatefulSet",
            Self::Scale => "has no replicas: name a Deployment, a StatefulSet or a CronJob",
            Self::Hibernate => "cannot hibernate: name a StatefulSet or a Cluster",
        }
    }
}
