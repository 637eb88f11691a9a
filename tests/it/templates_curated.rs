//! The life of a template over HTTP: drafted, checked, published, deprecated, withdrawn, by whoever may.

mod impact;

use berth_model::Code;
use berth_tests::app::{Person, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

/// A template with one parameter, whose properties are given.
fn document(version: &str, parameters: &str) -> String {
    format!(
        "apiVersion: berth.dev/v1\nkind: Template\nmetadata: {{name: fleet, version: {version}, title: Fleet, tags: [small]}}\nspec:\n  \
         parameters: {{type: object, properties: {{{parameters}}}}}\n  rules: [{{rule: \"${{params.size < 100}}\", path: /size, message: a \
         fleet has less than 100}}]\n  resources:\n    - id: config\n      object: {{apiVersion: v1, kind: ConfigMap, metadata: {{name: \
         config}}, data: {{size: \"${{string(params.size)}}\"}}}}\n    - id: login\n      secret: {{name: login, generate: {{password: \
         {{length: 20}}}}, data: {{user: app}}}}\n  outputs: {{size: {{value: \"${{params.size}}\"}}}}\n"
    )
}

const SIZE: &str = "size: {type: integer, default: 1}";

fn submission(document: &str) -> Value {
    json!({"document": document, "readme": "# Fleet", "examples": {"default": {}}})
}

async fn curator(app: &TestApp) -> (Person, Person) {
    let root = app.admin().await;
    let grace = app.person("grace").await;
    let role = json!({"role": "curator"});
    root.put("/users/grace/role", &role).await.expect(200);
    (root, grace)
}

async fn publish(grace: &Person, version: &str, parameters: &str) -> Value {
    let path = format!("/templates/fleet/drafts/{version}");
    grace
        .put(&path, &submission(&document(version, parameters)))
        .await
        .expect(201);
    grace
        .post(&format!("/templates/fleet/versions/{version}:publish"), &json!({}))
        .await
        .expect(201)
}

#[tokio::test]
async fn a_version_lives_from_draft_to_withdrawn() {
    let app = TestApp::start().await;
    let (_, grace) = curator(&app).await;
    let ada = app.team("pay").await.developer;
    let path = "/templates/fleet/drafts/1.0.0";
    let draft = grace.put(path, &submission(&document("1.0.0", SIZE))).await.expect(201);
    assert_eq!(
        (&draft["check"]["valid"], &draft["check"]["comparison"]),
        (&json!(true), &Value::Null)
    );
    ada.get("/templates/fleet").await.problem(404, Code::NotFound);
    let body = json!({"team": "pay", "name": "one", "template": "fleet@1.0.0"});
    ada.post("/environments", &body)
        .await
        .problem(422, Code::TemplateUnknown);

    let published = grace
        .post("/templates/fleet/versions/1.0.0:publish", &json!({}))
        .await
        .expect(201);
    assert_eq!(published["state"], "published");
    let again = grace
        .post("/templates/fleet/versions/1.0.0:publish", &json!({}))
        .await
        .expect(200);
    assert_eq!(again, published, "publishing twice is publishing once");
    grace.get(path).await.problem(404, Code::NotFound);
    let detail = ada.get("/templates/fleet/versions/1.0.0").await.expect(200);
    assert_eq!(
        (&detail["readme"], &detail["examples"]),
        (&json!("# Fleet"), &json!({"default": {}}))
    );
    assert_eq!(
        ada.get("/templates?q=fleet").await.expect(200)["items"][0]["latestVersion"],
        "1.0.0"
    );
    ada.post("/environments", &body).await.expect(202);

    publish(&grace, "1.1.0", &format!("{SIZE}, note: {{type: string, default: x}}")).await;
    let latest = json!({"team": "pay", "name": "two", "template": "fleet"});
    assert_eq!(
        ada.post("/environments", &latest).await.expect(202)["template"],
        "fleet@1.1.0"
    );
    let reason = json!({"reason": "the note was a mistake"});
    let deprecated = grace
        .post("/templates/fleet/versions/1.1.0:deprecate", &reason)
        .await
        .expect(200);
    assert_eq!(deprecated["state"], "deprecated");
    let latest = json!({"team": "pay", "name": "three", "template": "fleet"});
    assert_eq!(
        ada.post("/environments", &latest).await.expect(202)["template"],
        "fleet@1.0.0"
    );
    let exactly = json!({"team": "pay", "name": "four", "template": "fleet@1.1.0"});
    ada.post("/environments", &exactly).await.expect(202);
    let detail = ada.get("/templates/fleet/versions/1.1.0").await.expect(200);
    assert_eq!(detail["reason"], "the note was a mistake");
    grace
        .post("/templates/fleet/versions/1.1.0:restore", &json!({}))
        .await
        .expect(200);

    grace
        .post("/templates/fleet/versions/1.1.0:withdraw", &reason)
        .await
        .expect(200);
    let exactly = json!({"team": "pay", "name": "five", "template": "fleet@1.1.0"});
    ada.post("/environments", &exactly)
        .await
        .problem(422, Code::TemplateUnavailable);
    for verb in ["restore", "deprecate"] {
        let path = format!("/templates/fleet/versions/1.1.0:{verb}");
        grace.post(&path, &reason).await.problem(409, Code::StateConflict);
    }
}

#[tokio::test]
async fn a_draft_need_not_compile_and_is_not_published_until_it_does() {
    let app = TestApp::start().await;
    let (_, grace) = curator(&app).await;
    let broken = document("1.0.0", SIZE).replace("params.size}\"}}", "params.sise}\"}}");
    let path = "/templates/fleet/drafts/1.0.0";
    let draft = grace.put(path, &submission(&broken)).await.expect(201);
    assert_eq!(draft["check"]["valid"], false);
    let finding = &draft["check"]["findings"][0];
    assert_eq!(
        (&finding["message"], &finding["suggestion"], &finding["severity"]),
        (
            &json!("there is no parameter `sise`"),
            &json!("did you mean `size`?"),
            &json!("error")
        )
    );
    let refused = grace.post("/templates/fleet/versions/1.0.0:publish", &json!({})).await;
    assert!(refused.problem(422, Code::TemplateInvalid)[0].starts_with("/document:"));
    let bad_example =
        json!({"document": document("1.0.0", SIZE), "examples": {"many": {"size": 100}, "odd": {"sise": 1}}});
    let checked = grace
        .post("/templates/fleet/versions:check", &bad_example)
        .await
        .expect(200);
    let found: Vec<_> = checked["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["path"].as_str().unwrap(), finding["message"].as_str().unwrap()))
        .collect();
    assert_eq!(
        found,
        [
            ("examples.many.size", "a fleet has less than 100"),
            ("examples.odd.sise", "there is no such parameter; did you mean `size`?")
        ]
    );
    let other = grace
        .post("/templates/flaat/versions:check", &submission(&document("1.0.0", SIZE)))
        .await
        .expect(200);
    assert_eq!(
        (&other["valid"], &other["findings"][0]["path"]),
        (&json!(false), &json!("metadata.name"))
    );
    let wrong = grace
        .put("/templates/fleet/drafts/2.0.0", &submission(&document("1.0.0", SIZE)))
        .await;
    wrong.expect(201);
    let refused = grace.post("/templates/fleet/versions/2.0.0:publish", &json!({})).await;
    refused.problem(422, Code::TemplateInvalid);
    assert_eq!(
        grace.get("/templates/fleet/drafts").await.expect(200)["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    grace.delete("/templates/fleet/drafts/2.0.0").await.expect(204);
    assert_eq!(app.rows("template_draft").await, 1);
}

#[tokio::test]
async fn the_version_says_how_much_has_changed() {
    let app = TestApp::start().await;
    let (_, grace) = curator(&app).await;
    publish(&grace, "1.0.0", SIZE).await;
    for (version, parameters, deserves, path) in [
        (
            "1.0.1",
            format!("{SIZE}, note: {{type: string, default: x}}"),
            "minor",
            "parameters.note",
        ),
        (
            "1.1.0",
            "size: {type: integer, default: 2}".to_owned(),
            "major",
            "parameters.size",
        ),
        (
            "1.1.0",
            "size: {type: integer, default: 1, maximum: 9}".to_owned(),
            "major",
            "parameters.size",
        ),
    ] {
        let sent = submission(&document(version, &parameters));
        let draft = grace.put(&format!("/templates/fleet/drafts/{version}"), &sent).await;
        assert!(draft.status == 201 || draft.status == 200);
        let comparison = &draft.body["check"]["comparison"];
        assert_eq!(
            (
                &comparison["with"],
                &comparison["deserves"],
                &comparison["enough"],
                &comparison["changes"][0]["path"]
            ),
            (&json!("1.0.0"), &json!(deserves), &json!(false), &json!(path))
        );
        let refused = grace
            .post(&format!("/templates/fleet/versions/{version}:publish"), &json!({}))
            .await;
        assert_eq!(
            refused.problem(422, Code::VersionTooSmall),
            [format!("/document#{path}")]
        );
    }
    publish(&grace, "2.0.0", "size: {type: integer, default: 2}").await;
}

#[tokio::test]
async fn of_two_who_publish_the_same_version_one_does() {
    let app = TestApp::start().await;
    let (root, grace) = curator(&app).await;
    let path = "/templates/fleet/drafts/1.0.0";
    let mine = grace.put(path, &submission(&document("1.0.0", SIZE))).await;
    let tag = mine.header("etag").to_owned();
    mine.expect(201);
    let theirs = submission(&document("1.0.0", "size: {type: integer, default: 7}"));
    root.put(path, &theirs).await.problem(409, Code::StateConflict);
    let stale = [("if-match", "\"9\"")];
    root.send(Method::PUT, path, &stale, Some(&theirs))
        .await
        .problem(412, Code::PreconditionFailed);
    let publish = async |who: &Person| who.post("/templates/fleet/versions/1.0.0:publish", &json!({})).await;
    let (one, other) = tokio::join!(publish(&grace), publish(&root));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(
        statuses,
        [200, 201],
        "the same draft, published twice at once, is published once"
    );
    let answer = root
        .send(Method::PUT, path, &[("if-match", tag.as_str())], Some(&theirs))
        .await;
    answer.problem(409, Code::VersionTaken);
    assert!(
        answer.body["detail"].as_str().unwrap().contains("raise the version"),
        "{}",
        answer.body
    );
    let versions = grace.get("/templates/fleet/versions").await.expect(200);
    assert_eq!(versions["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_template_is_rendered_without_making_anything_or_showing_a_secret() {
    let app = TestApp::start().await;
    let (_, grace) = curator(&app).await;
    publish(&grace, "1.0.0", SIZE).await;
    let ada = app.person("ada").await;
    let path = "/templates/fleet/versions/1.0.0:render";
    let rendering = ada
        .post(path, &json!({"parameters": {"size": 3}, "name": "shop"}))
        .await
        .expect(200);
    assert_eq!(rendering["outputs"], json!({"size": 3}));
    let resources = rendering["resources"].as_array().unwrap();
    assert_eq!(
        (&resources[0]["id"], &resources[0]["object"]["data"]["size"]),
        (&json!("config"), &json!("3"))
    );
    assert_eq!(resources[1]["generated"], json!(["password"]));
    assert_eq!(resources[1]["object"]["data"], json!({"user": "(secret)"}));
    assert_eq!(
        ada.post(path, &json!({"parameters": {"size": "x"}}))
            .await
            .problem(422, Code::InvalidParameters),
        ["/parameters/size"]
    );
    assert_eq!(
        ada.post(path, &json!({"parameters": {"size": 100}}))
            .await
            .problem(422, Code::InvalidParameters),
        ["/parameters/size"]
    );
    assert_eq!(
        ada.post(path, &json!({"params": {}}))
            .await
            .problem(400, Code::InvalidFields),
        ["/params"]
    );
    let whole = json!({"document": document("9.0.0", SIZE), "parameters": {"size": 4}});
    ada.post("/templates/fleet/versions:render", &whole)
        .await
        .problem(403, Code::Forbidden);
    let rendering = grace.post("/templates/fleet/versions:render", &whole).await.expect(200);
    assert_eq!(rendering["outputs"], json!({"size": 4}));
    assert_eq!(app.rows("environment").await, 0);
}

#[tokio::test]
async fn only_who_curates_may_write() {
    let app = TestApp::start().await;
    let (root, grace) = curator(&app).await;
    publish(&grace, "1.0.0", SIZE).await;
    let ada = app.person("ada").await;
    let draft = submission(&document("1.1.0", SIZE));
    let reason = json!({"reason": "because"});
    for (method, path, body) in [
        (Method::PUT, "/templates/fleet/drafts/1.1.0", &draft),
        (Method::POST, "/templates/fleet/versions:check", &draft),
        (Method::POST, "/templates/fleet/versions/1.1.0:publish", &draft),
        (Method::POST, "/templates/fleet/versions/1.0.0:deprecate", &reason),
        (Method::POST, "/templates/fleet/versions/1.0.0:withdraw", &reason),
        (Method::POST, "/templates/fleet/versions/1.0.0:restore", &reason),
    ] {
        app.anonymous()
            .send(method.clone(), path, &[], Some(body))
            .await
            .problem(401, Code::Unauthenticated);
        ada.send(method, path, &[], Some(body))
            .await
            .problem(403, Code::Forbidden);
    }
    ada.get("/templates/fleet/drafts").await.problem(403, Code::Forbidden);
    ada.put("/users/ada/role", &json!({"role": "admin"}))
        .await
        .problem(403, Code::Forbidden);
    grace
        .put("/users/grace/role", &json!({"role": "admin"}))
        .await
        .problem(403, Code::Forbidden);
    let last = root.put("/users/root/role", &json!({"role": "user"})).await;
    last.problem(409, Code::StateConflict);
    root.put("/users/nobody-here/role", &json!({"role": "user"}))
        .await
        .problem(404, Code::NotFound);
    root.put("/users/grace/role", &json!({"role": "user"}))
        .await
        .expect(200);
    grace.get("/templates/fleet/drafts").await.problem(403, Code::Forbidden);
}
