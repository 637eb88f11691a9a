//! A small client of the API, as a developer's script would be one.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

/// Somebody who talks to a Berth server.
#[derive(Debug, Clone)]
pub struct Api {
    base: String,
    http: reqwest::Client,
    token: Option<String>,
}

/// An answer: the status and the JSON document.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body; `null` when there is none.
    pub body: Value,
}

impl Answer {
    /// The body of a successful answer.
    ///
    /// # Errors
    /// The problem's own words.
    pub fn ok(self) -> Result<Value> {
        if self.status < 400 {
            return Ok(self.body);
        }
        bail!("the server answered {}: {}", self.status, self.body["detail"].as_str().unwrap_or("without a reason"))
    }
}

impl Api {
    /// A client without a token, of the server at `base` (`http://127.0.0.1:8080`).
    pub fn new(base: impl Into<String>) -> Result<Self> {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(90)).build()?;
        Ok(Self { base: base.into(), http, token: None })
    }

    /// The address it talks to.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The token it sends, if it is signed in.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Sends a request without a body.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.send(self.http.get(self.url(path))).await
    }

    /// Sends a document.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.send(self.http.post(self.url(path)).json(body)).await
    }

    /// Sends a document and asks for the answer to wait until things are settled, for at most that many seconds.
    pub async fn post_and_wait(&self, path: &str, body: &Value, seconds: u32) -> Result<Answer> {
        let request = self.http.post(self.url(path)).header("prefer", format!("wait={seconds}")).json(body);
        self.send(request).await
    }

    /// Deletes.
    pub async fn delete(&self, path: &str) -> Result<Answer> {
        self.send(self.http.delete(self.url(path))).await
    }

    /// Signs in and keeps the token.
    pub async fn login(&mut self, email: &str, password: &str) -> Result<()> {
        let answer = self.post("/api/v1/auth/login", &json!({"email": email, "password": password})).await?.ok()?;
        let token = answer["accessToken"].as_str().context("the server gave no access token")?;
        self.token = Some(token.to_owned());
        Ok(())
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    async fn send(&self, mut request: reqwest::RequestBuilder) -> Result<Answer> {
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.with_context(|| format!("cannot reach the server at {}", self.base))?;
        let status = response.status().as_u16();
        let text = response.text().await?;
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).context("not JSON")? };
        Ok(Answer { status, body })
    }
}
