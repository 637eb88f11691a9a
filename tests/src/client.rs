//! A client of the API, as a script of a developer's would be one.
//!
//! Must not know what is asked, or what should be answered.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

/// No request of ours takes longer.
const PATIENCE: Duration = Duration::from_secs(90);

/// Somebody who talks to a Berth server, with or without a token.
#[derive(Debug, Clone)]
pub struct Client {
    base: String,
    http: reqwest::Client,
    token: Option<String>,
}

/// An answer, whole.
#[derive(Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; `null` when there is none.
    pub body: Value,
}

impl Client {
    /// Of the server at `base` (`http://127.0.0.1:8080`), without a token.
    ///
    /// # Errors
    /// The HTTP client cannot be built.
    pub fn new(base: &str) -> Result<Self> {
        let http = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
        Ok(Self {
            base: base.to_owned(),
            http,
            token: None,
        })
    }

    /// Where the server is.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The token it sends.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The same client with that token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// The same client, signed in.
    ///
    /// # Errors
    /// What the server says against it.
    pub async fn signed_in(&self, email: &str, password: &str) -> Result<Self> {
        let body = json!({"email": email, "password": password});
        let answer = self.send(Method::POST, "/auth/login", &[], Some(&body)).await?.ok()?;
        let token = answer["accessToken"].as_str().context("there is no access token")?;
        Ok(self.with_token(token))
    }

    /// Any request to a path under `/api/v1`.
    ///
    /// # Errors
    /// The server does not answer, or not in JSON.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Response> {
        let mut request = self.http.request(method, format!("{}/api/v1{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await;
        let response = response.with_context(|| format!("the server at {} does not answer", self.base))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).context("the answer is not JSON")?
        };
        Ok(Response { status, headers, body })
    }

    /// Reads.
    ///
    /// # Errors
    /// As [`Client::send`], and when the answer is a problem.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.send(Method::GET, path, &[], None).await?.ok()
    }

    /// Sends a document to a collection.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.send(Method::POST, path, &[], Some(body)).await?.ok()
    }
}

impl Response {
    /// The body of an answer that is no problem.
    ///
    /// # Errors
    /// The problem's own words.
    pub fn ok(self) -> Result<Value> {
        if self.status < 400 {
            return Ok(self.body);
        }
        let why = self.body["detail"].as_str().unwrap_or("it gives no reason");
        bail!("the server answered {}: {why}", self.status)
    }

    /// A header as text; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }
}
