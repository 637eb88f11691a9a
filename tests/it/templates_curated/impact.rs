//! What a version would do to the fleet, told before it is rolled out.

use berth_model::Code;
use berth_tests::app::TestApp;
use serde_json::{Value, json};

use super::{SIZE, curator, document, publish, submission};

#[tokio::test]
async fn the_impact_of_a_version_is_told_for_every_environment_before_it_is_rolled_out() {
    let app = TestApp::start().await;
    let (_, grace) = curator(&app).await;
    let ada = app.team("pay").await.developer;
    publish(&grace, "1.0.0", SIZE).await;
    for (name, size) in [("small", 1), ("large", 50), ("middle", 5)] {
        let body = json!({"team": "pay", "name": name, "template": "fleet@1.0.0", "parameters": {"size": size}});
        ada.post("/environments", &body).await.expect(202);
    }
    let then = document("2.0.0", "size: {type: integer, default: 1, maximum: 9}")
        .replace("name: config}", "name: \"${params.size > 4 ? 'config' : 'settings'}\"}")
        .replace("\"${string(params.size)}\"", "\"now ${params.size}\"");
    grace
        .put("/templates/fleet/drafts/2.0.0", &submission(&then))
        .await
        .expect(201);
    grace
        .post("/templates/fleet/versions/2.0.0:publish", &json!({}))
        .await
        .expect(201);
    let path = "/templates/fleet/versions/2.0.0/impact";
    ada.get(path).await.problem(403, Code::Forbidden);
    let first = grace.get(&format!("{path}?limit=2")).await.expect(200);
    let rest = grace
        .get(&format!("{path}?limit=2&cursor={}", first["next"].as_str().unwrap()))
        .await
        .expect(200);
    let all: Vec<&Value> = [&first, &rest]
        .iter()
        .flat_map(|page| page["items"].as_array().unwrap())
        .collect();
    let verdicts: Vec<_> = all
        .iter()
        .map(|one| (one["name"].as_str().unwrap(), one["verdict"].as_str().unwrap()))
        .collect();
    assert_eq!(
        verdicts,
        [("small", "changes"), ("large", "fails"), ("middle", "changes")]
    );
    let effects = |one: &Value| -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let changes = one["changes"].as_array().unwrap();
        changes
            .iter()
            .map(|change| (text(&change["name"]), text(&change["effect"])))
            .collect()
    };
    let row = |name: &str, effect: &str| (name.to_owned(), effect.to_owned());
    assert_eq!(effects(all[0]), [row("config", "delete"), row("settings", "create")]);
    assert_eq!(all[1]["findings"][0]["pointer"], "/parameters/size");
    assert_eq!(effects(all[2]), [row("config", "change")]);
    assert_eq!(all[2]["changes"][0]["fields"], json!(["/data/size"]));
    let none = grace.get("/templates/fleet/versions/1.0.0/impact").await.expect(200);
    assert_eq!(none["items"], json!([]));
}
