//! `actions` and `sleep`: what can be done to an environment, and by which resources.

use crate::rendered::{template, template_with};
use crate::sample::{HEAD, finds};

const WEB: &str = r"
  resources:
    - id: web
      object: {apiVersion: v1, kind: Service, metadata: {name: web}}
    - id: job
      object: {apiVersion: v1, kind: ConfigMap, metadata: {name: job}}
";

#[test]
fn actions_and_sleep_are_told_with_their_resources() {
    let child = template_with(
        "child",
        r"
  resources:
    - id: server
      onDelete: delete
      object: {apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: c}, spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}
    - id: web
      object:
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: c}
        spec:
          selector: {matchLabels: {app: c}}
          template: {metadata: {labels: {app: c}}, spec: {containers: [{name: c, image: c}]}}
",
        &[],
    );
    let parent = template_with(
        "parent",
        r"
  resources:
    - id: child
      use: {template: child, version: ^1}
  actions:
    restart: {title: Restart, summary: Replaces every pod, restart: [child]}
    bounce: {restart: [child]}
  sleep: {scale: [child]}
",
        &[child],
    );
    let actions = parent.actions();
    assert_eq!(
        (actions[0].name.as_str(), actions[0].title.as_str()),
        ("restart", "Restart")
    );
    assert_eq!(
        (actions[1].title.as_str(), actions[1].restart.as_slice()),
        ("bounce", &["child".to_owned()][..])
    );
    assert_eq!(parent.sleep().unwrap().scale, ["child"]);
    assert!(template(WEB).sleep().is_none());
}

#[test]
fn what_cannot_be_done_is_found_when_it_is_compiled() {
    for (spec, message, suggestion) in [
        (
            "actions: {restart: {restart: [wbe]}}",
            "there is no resource `wbe`",
            "did you mean `web`?",
        ),
        (
            "actions: {restart: {restart: [job]}}",
            "`job` has no pods that could be restarted",
            "",
        ),
        (
            "actions: {restart: {title: Restart}}",
            "the action does nothing",
            "name resources in `restart`",
        ),
        (
            "actions: {restart: {restrat: [web]}}",
            "unknown field `restrat`",
            "did you mean `restart`?",
        ),
        (
            "actions: {Restart: {restart: [web]}}",
            "an action's name must be lowerCamelCase",
            "",
        ),
        (
            "actions: [restart]",
            "must be a mapping of names to actions, not a list",
            "",
        ),
        ("sleep: {scale: [job]}", "`job` has no replicas", ""),
        ("sleep: {hibernate: [web]}", "`web` cannot hibernate", ""),
        ("sleep: {scale: web}", "must be a list of texts", ""),
    ] {
        let text = format!("{HEAD}{}  {spec}\n", WEB.trim_start_matches('\n'));
        let found = crate::sample::findings(&text);
        assert!(
            found.iter().any(|finding| finding.message.contains(message)
                && finding.suggestion.as_deref().unwrap_or_default().contains(suggestion)),
            "{message}: {found:#?}"
        );
    }
    finds(
        &format!("{HEAD}{}  sleep: {{scale: [job]}}\n", WEB.trim_start_matches('\n')),
        "has no replicas",
        "",
    );
}
