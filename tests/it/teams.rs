//! Teams over HTTP: who may see and do what, and what is refused.

use std::collections::BTreeSet;

use berth_model::Code;
use berth_tests::app::TestApp;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn whoever_makes_a_team_maintains_it() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let made = ada.post("/teams", &json!({"name": "pay", "title": "Payments"})).await;
    assert_eq!(made.header("location"), "/api/v1/teams/pay");
    let team = made.expect(201);
    assert_eq!(
        (team["name"].as_str(), team["title"].as_str()),
        (Some("pay"), Some("Payments"))
    );

    let members = ada.get("/teams/pay/members").await.expect(200);
    assert_eq!(members["items"][0]["username"], "ada");
    assert_eq!(members["items"][0]["role"], "maintainer");
    assert_eq!(ada.get("/teams/pay/quota").await.expect(200)["environments"]["used"], 0);
}

#[tokio::test]
async fn a_team_is_refused_with_every_field_that_is_wrong() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let refused = ada
        .post("/teams", &json!({"name": "Not A Label", "title": 7, "colour": "red"}))
        .await;
    let pointers: BTreeSet<_> = refused.problem(400, Code::InvalidFields).into_iter().collect();
    assert_eq!(pointers, ["/colour", "/name", "/title"].map(str::to_owned).into());
    assert_eq!(
        ada.post("/teams", &json!({})).await.problem(400, Code::InvalidFields),
        ["/name"]
    );

    ada.post("/teams", &json!({"name": "pay"})).await.expect(201);
    let taken = app.person("eve").await.post("/teams", &json!({"name": "pay"})).await;
    assert_eq!(taken.problem(409, Code::NameTaken), ["/name"]);
    assert_eq!(
        ada.get("/teams").await.expect(200)["items"].as_array().unwrap().len(),
        1
    );
}

#[tokio::test]
async fn an_outsider_cannot_tell_a_team_from_a_missing_one() {
    let app = TestApp::start().await;
    let team = app.team("pay").await;
    let outsider = app.person("eve").await;
    for (method, path, body) in [
        (Method::GET, "", None),
        (Method::PATCH, "", Some(json!({"title": "Mine"}))),
        (Method::DELETE, "", None),
        (Method::GET, "/members", None),
        (Method::PUT, "/members/eve", Some(json!({"role": "maintainer"}))),
        (Method::DELETE, "/members/pay-viewer", None),
        (Method::GET, "/quota", None),
        (Method::PATCH, "/quota", Some(json!({"environments": 100}))),
    ] {
        let there = outsider
            .send(method.clone(), &format!("/teams/pay{path}"), &[], body.as_ref())
            .await;
        let missing = outsider
            .send(method.clone(), &format!("/teams/nil{path}"), &[], body.as_ref())
            .await;
        there.problem(404, Code::NotFound);
        assert_eq!(there.masked(), missing.masked(), "{method} {path}");
    }
    assert_eq!(outsider.get("/teams").await.expect(200)["items"], json!([]));
    assert_eq!(team.maintainer.get("/teams/pay").await.expect(200)["title"], "pay");
}

#[tokio::test]
async fn each_role_may_do_in_a_team_what_it_is_for() {
    let app = TestApp::start().await;
    let team = app.team("pay").await;
    let admin = app.admin().await;
    for (person, rename, limit) in [
        (&team.viewer, 403, 403),
        (&team.developer, 403, 403),
        (&team.maintainer, 200, 403),
        (&admin, 200, 200),
    ] {
        person.get("/teams/pay").await.expect(200);
        person.get("/teams/pay/members").await.expect(200);
        let who = &person.username;
        assert_eq!(
            person.patch("/teams/pay", &json!({"title": "Pay"})).await.status,
            rename,
            "{who}"
        );
        assert_eq!(
            person
                .put("/teams/pay/members/pay-viewer", &json!({"role": "viewer"}))
                .await
                .status,
            rename,
            "{who}"
        );
        assert_eq!(
            person
                .patch("/teams/pay/quota", &json!({"environments": 7}))
                .await
                .status,
            limit,
            "{who}"
        );
    }
    assert_eq!(
        team.viewer.get("/teams/pay/quota").await.expect(200)["environments"]["limit"],
        7
    );
    app.anonymous()
        .get("/teams/pay")
        .await
        .problem(401, Code::Unauthenticated);
}

#[tokio::test]
async fn members_come_change_and_go_but_a_maintainer_stays() {
    let app = TestApp::start().await;
    let team = app.team("pay").await;
    let eve = app.person("eve").await;
    team.maintainer
        .put("/teams/pay/members/eve", &json!({"role": "viewer"}))
        .await
        .expect(200);
    eve.get("/teams/pay").await.expect(200);
    team.maintainer
        .put("/teams/pay/members/eve", &json!({"role": "developer"}))
        .await
        .expect(200);

    let refused = team
        .maintainer
        .put("/teams/pay/members/nobody", &json!({"role": "viewer"}))
        .await;
    refused.problem(404, Code::NotFound);
    let refused = team
        .maintainer
        .put("/teams/pay/members/eve", &json!({"role": "king"}))
        .await;
    assert_eq!(refused.problem(400, Code::InvalidFields), ["/role"]);

    assert_eq!(team.maintainer.delete("/teams/pay/members/eve").await.status, 204);
    let last = team.maintainer.delete("/teams/pay/members/pay-maintainer").await;
    last.problem(409, Code::StateConflict);
}

#[tokio::test]
async fn a_list_of_teams_is_paged_without_loss_or_doubling() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    for number in 0..7 {
        ada.post("/teams", &json!({"name": format!("team-{number}")}))
            .await
            .expect(201);
    }
    let (mut seen, mut path) = (Vec::new(), "/teams?limit=3".to_owned());
    loop {
        let page = ada.get(&path).await.expect(200);
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|team| team["name"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/teams?limit=3&cursor={next}");
    }
    seen.sort();
    assert_eq!(seen, (0..7).map(|number| format!("team-{number}")).collect::<Vec<_>>());

    let cursor = ada.get("/teams?limit=3").await.expect(200)["next"]
        .as_str()
        .unwrap()
        .to_owned();
    let stolen = app.person("eve").await.get(&format!("/teams?cursor={cursor}")).await;
    stolen.problem(400, Code::InvalidCursor);
    ada.get("/teams?cursor=nonsense")
        .await
        .problem(400, Code::InvalidCursor);
    assert_eq!(ada.get("/teams?limt=3").await.problem(400, Code::InvalidQuery).len(), 1);
}

#[tokio::test]
async fn a_read_is_not_repeated_when_nothing_changed() {
    let app = TestApp::start().await;
    let team = app.team("pay").await;
    let read = team.viewer.get("/teams/pay").await;
    let tag = read.header("etag").to_owned();
    assert!(tag.starts_with('"') && tag.len() > 2, "{tag}");
    let again = team
        .viewer
        .send(Method::GET, "/teams/pay", &[("if-none-match", &tag)], None)
        .await;
    assert_eq!((again.status, again.header("etag")), (304, tag.as_str()));

    team.maintainer
        .patch("/teams/pay", &json!({"title": "Payments"}))
        .await
        .expect(200);
    let stale = team
        .maintainer
        .send(
            Method::PATCH,
            "/teams/pay",
            &[("if-match", &tag)],
            Some(&json!({"title": "X"})),
        )
        .await;
    stale.problem(412, Code::PreconditionFailed);
}
