//! Accounts and tokens over HTTP: who may sign up, who is signed in, and for how long.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use berth_model::Code;
use berth_tests::app::{Person, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

const PASSWORD: &str = "correct-horse-battery-staple";

fn applicant(changes: &Value) -> Value {
    let mut body = json!({"email": "ada@example.com", "username": "ada", "password": PASSWORD});
    for (key, value) in changes.as_object().unwrap() {
        body[key] = value.clone();
    }
    body
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> Value {
    let body = json!({"email": email, "password": password});
    app.anonymous().post("/auth/login", &body).await.expect(200)
}

fn bearer(app: &TestApp, tokens: &Value) -> Person {
    app.anonymous().signed_in("", tokens["accessToken"].as_str().unwrap())
}

#[tokio::test]
async fn an_account_is_made_and_never_shows_its_password() {
    let app = TestApp::start().await;
    let body = applicant(&json!({"email": "Ada@Example.COM", "username": "  ada "}));
    let account = app.anonymous().post("/auth/signup", &body).await.expect(201);
    let mut keys: Vec<_> = account.as_object().unwrap().keys().collect();
    keys.sort();
    assert_eq!(keys, ["createdAt", "email", "id", "role", "username"]);
    assert_eq!(
        (&account["email"], &account["username"], &account["role"]),
        (&json!("ada@example.com"), &json!("ada"), &json!("user"))
    );
    assert!(account["id"].as_str().unwrap().starts_with("usr_"));

    let tokens = sign_in(&app, "ADA@example.com", PASSWORD).await;
    let me = bearer(&app, &tokens).get("/me").await.expect(200);
    assert_eq!((&me["id"], &me["teams"]), (&account["id"], &json!([])));
}

#[tokio::test]
async fn a_wrong_sign_up_names_every_field_and_leaves_no_row() {
    let app = TestApp::start().await;
    let long = "x".repeat(257);
    for (changes, pointers) in [
        (json!({"email": null}), vec!["/email"]),
        (json!({"email": "no-at-sign"}), vec!["/email"]),
        (json!({"email": "two@at@example.com"}), vec!["/email"]),
        (json!({"email": "a b@example.com"}), vec!["/email"]),
        (json!({"username": "  "}), vec!["/username"]),
        (json!({"username": 7}), vec!["/username"]),
        (json!({"password": "short"}), vec!["/password"]),
        (json!({"password": long}), vec!["/password"]),
        (json!({"password": "password1"}), vec!["/password"]),
        (json!({"password": "ada@example.com"}), vec!["/password"]),
        (json!({"admin": true}), vec!["/admin"]),
        (
            json!({"email": "x", "username": "", "password": "y"}),
            vec!["/email", "/password", "/username"],
        ),
    ] {
        let answer = app.anonymous().post("/auth/signup", &applicant(&changes)).await;
        let mut found = answer.problem(400, Code::InvalidFields);
        found.sort();
        assert_eq!(found, pointers, "{changes}");
        assert!(!answer.body.to_string().contains(PASSWORD));
    }
    app.anonymous()
        .post("/auth/signup", &json!([]))
        .await
        .problem(400, Code::InvalidFields);
    assert_eq!(app.rows("user").await, 0);
}

#[tokio::test]
async fn a_taken_email_or_username_is_a_conflict_also_at_the_same_time() {
    let app = TestApp::start().await;
    let (one, other) = (app.anonymous(), app.anonymous());
    let body = applicant(&json!({}));
    let second = applicant(&json!({"username": "ada-two"}));
    let (one, other) = tokio::join!(one.post("/auth/signup", &body), other.post("/auth/signup", &second));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    let again = app
        .anonymous()
        .post("/auth/signup", &applicant(&json!({"username": "other"})))
        .await;
    assert_eq!(again.problem(409, Code::EmailTaken), ["/email"]);
    let taken = if one.status == 201 { "ada" } else { "ada-two" };
    let body = applicant(&json!({"email": "b@example.com", "username": taken}));
    let again = app.anonymous().post("/auth/signup", &body).await;
    assert_eq!(again.problem(409, Code::UsernameTaken), ["/username"]);
    assert_eq!(app.rows("user").await, 1);
}

#[tokio::test]
async fn sign_up_can_need_an_invitation_be_closed_or_be_for_some_domains() {
    let app = TestApp::start_with(&[("BERTH_AUTH__SIGNUP", "invited")]).await;
    let admin = app.admin().await;
    let invited = json!({"email": "ada@example.com"});
    let token = admin.post("/invitations", &invited).await.expect(201)["token"].clone();
    for changes in [
        json!({}),
        json!({"invitation": "made-up"}),
        json!({"invitation": token, "email": "eve@example.com"}),
    ] {
        let answer = app.anonymous().post("/auth/signup", &applicant(&changes)).await;
        answer.problem(403, Code::SignupClosed);
    }
    let body = applicant(&json!({"invitation": token}));
    app.anonymous().post("/auth/signup", &body).await.expect(201);
    let again = applicant(&json!({"invitation": token, "username": "again"}));
    assert!(app.anonymous().post("/auth/signup", &again).await.status >= 400, "once");

    let app = TestApp::start_with(&[("BERTH_AUTH__SIGNUP", "closed")]).await;
    let answer = app.anonymous().post("/auth/signup", &applicant(&json!({}))).await;
    answer.problem(403, Code::SignupClosed);

    let app = TestApp::start_with(&[("BERTH_AUTH__ALLOWED_DOMAINS", "example.com")]).await;
    for domain in ["evil-example.com", "example.com.evil.test", "sub.example.com"] {
        let body = applicant(&json!({"email": format!("ada@{domain}")}));
        let answer = app.anonymous().post("/auth/signup", &body).await;
        answer.problem(403, Code::SignupClosed);
    }
    let body = applicant(&json!({"email": "ada@EXAMPLE.com"}));
    app.anonymous().post("/auth/signup", &body).await.expect(201);
}

#[tokio::test]
async fn an_unknown_account_is_answered_like_a_wrong_password_and_guessing_gets_slower() {
    let app = TestApp::start_with(&[("BERTH_AUTH__FREE_FAILURES", "3")]).await;
    let ada = app.person("ada").await;
    let guess = |email: &str| json!({"email": email, "password": "not-the-password"});
    let wrong = ada.post("/auth/login", &guess("ada@example.com")).await;
    wrong.problem(401, Code::InvalidCredentials);
    let unknown = ada.post("/auth/login", &guess("nobody@example.com")).await;
    assert_eq!(wrong.masked(), unknown.masked());
    let mut answer = unknown;
    for _ in 0..4 {
        answer = ada.post("/auth/login", &guess("ada@example.com")).await;
    }
    answer.problem(429, Code::TooManyRequests);
    assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1);
    let right = json!({"email": "ada@example.com", "password": PASSWORD});
    let blocked = ada.post("/auth/login", &right).await;
    blocked.problem(429, Code::TooManyRequests);
}

#[tokio::test]
async fn an_access_token_is_what_rfc_9068_says_and_its_key_is_public() {
    let app = TestApp::start().await;
    app.person("ada").await;
    let tokens = sign_in(&app, "ada@example.com", PASSWORD).await;
    assert_eq!(tokens["expiresIn"], 900);
    let access = tokens["accessToken"].as_str().unwrap();
    let part = |n: usize| -> Value {
        let text = access.split('.').nth(n).unwrap();
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
    };
    let (header, claims) = (part(0), part(1));
    assert_eq!((&header["typ"], &header["alg"]), (&json!("at+jwt"), &json!("EdDSA")));
    for claim in ["iss", "aud", "sub", "iat", "nbf", "exp", "jti", "sid"] {
        assert!(!claims[claim].is_null(), "{claim}");
    }
    let url = format!("{}/.well-known/jwks.json", app.base);
    let keys: Value = reqwest::get(url).await.unwrap().json().await.unwrap();
    let key = keys["keys"]
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["kid"] == header["kid"])
        .unwrap();
    assert_eq!((&key["kty"], &key["crv"]), (&json!("OKP"), &json!("Ed25519")));
    assert!(key["d"].is_null(), "the private part is nobody's business");

    for (bad, why) in [
        (format!("{access}x"), "another signature"),
        (access.rsplit_once('.').unwrap().0.to_owned() + ".", "no signature"),
        (
            format!(
                "{}.{}",
                URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"at+jwt"}"#),
                access.split_once('.').unwrap().1
            ),
            "no algorithm",
        ),
        ("made-up".to_owned(), "no token at all"),
    ] {
        let answer = app.anonymous().signed_in("", &bad).get("/me").await;
        answer.problem(401, Code::Unauthenticated);
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{why}");
    }
}

#[tokio::test]
async fn a_refresh_token_is_good_once_and_its_reuse_ends_the_sign_in() {
    let app = TestApp::start().await;
    app.person("ada").await;
    let first = sign_in(&app, "ada@example.com", PASSWORD).await;
    let refresh = async |tokens: &Value| {
        let body = json!({"refreshToken": tokens["refreshToken"]});
        app.anonymous().post("/auth/refresh", &body).await
    };
    let second = refresh(&first).await.expect(200);
    bearer(&app, &second).get("/me").await.expect(200);
    refresh(&first).await.problem(401, Code::InvalidCredentials);
    refresh(&second).await.problem(401, Code::InvalidCredentials);
}

#[tokio::test]
async fn signing_out_and_another_password_end_what_they_should() {
    let app = TestApp::start().await;
    app.person("ada").await;
    let (here, there) = (
        sign_in(&app, "ada@example.com", PASSWORD).await,
        sign_in(&app, "ada@example.com", PASSWORD).await,
    );
    let (here, there) = (bearer(&app, &here), bearer(&app, &there));
    here.send(Method::POST, "/auth/logout", &[], None).await.expect(204);
    here.get("/me").await.problem(401, Code::Unauthenticated);
    there.get("/me").await.expect(200);

    let wrong = json!({"currentPassword": "not-the-password", "newPassword": "another-good-password"});
    there
        .post("/auth/password", &wrong)
        .await
        .problem(401, Code::InvalidCredentials);
    let weak = json!({"currentPassword": PASSWORD, "newPassword": "short"});
    let answer = there.post("/auth/password", &weak).await;
    assert_eq!(answer.problem(400, Code::InvalidFields), ["/newPassword"]);
    let right = json!({"currentPassword": PASSWORD, "newPassword": "another-good-password"});
    assert!(there.post("/auth/password", &right).await.status < 300);
    there.get("/me").await.problem(401, Code::Unauthenticated);
    sign_in(&app, "ada@example.com", "another-good-password").await;
}

#[tokio::test]
async fn accounts_are_listed_for_administrators_alone() {
    let app = TestApp::start().await;
    let admin = app.admin().await;
    let ada = app.person("ada").await;
    ada.get("/users").await.problem(403, Code::Forbidden);
    ada.post("/invitations", &json!({"email": "x@example.com"}))
        .await
        .problem(403, Code::Forbidden);
    let first = admin.get("/users?limit=1").await.expect(200);
    let next = first["next"].as_str().unwrap();
    let second = admin.get(&format!("/users?limit=1&cursor={next}")).await.expect(200);
    let names = [&first["items"][0]["username"], &second["items"][0]["username"]];
    assert_eq!(names, ["root", "ada"]);
    assert_eq!(second["next"], Value::Null);
}
