//! Somebody who talks to the server under test, and what they are answered.

use berth_model::Code;
use reqwest::header::HeaderMap;
use reqwest::{Client, Method};
use serde_json::Value;

/// A client of the API with or without a token.
#[derive(Debug, Clone)]
pub struct Person {
    base: String,
    http: Client,
    token: Option<String>,
    /// The public name; empty for nobody in particular.
    pub username: String,
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

impl Person {
    /// Nobody in particular.
    pub fn anonymous(base: &str) -> Self {
        Self {
            base: base.to_owned(),
            http: Client::new(),
            token: None,
            username: String::new(),
        }
    }

    /// The same person with a token.
    #[must_use]
    pub fn signed_in(&self, username: &str, token: &str) -> Self {
        Self {
            username: username.to_owned(),
            token: Some(token.to_owned()),
            ..self.clone()
        }
    }

    /// Reads.
    pub async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path, &[], None).await
    }

    /// Sends a document to a collection.
    pub async fn post(&self, path: &str, body: &Value) -> Response {
        self.send(Method::POST, path, &[], Some(body)).await
    }

    /// Sets something.
    pub async fn put(&self, path: &str, body: &Value) -> Response {
        self.send(Method::PUT, path, &[], Some(body)).await
    }

    /// Changes something.
    pub async fn patch(&self, path: &str, body: &Value) -> Response {
        self.send(Method::PATCH, path, &[], Some(body)).await
    }

    /// Deletes.
    pub async fn delete(&self, path: &str) -> Response {
        self.send(Method::DELETE, path, &[], None).await
    }

    /// Any request to a path under `/api/v1`.
    ///
    /// # Panics
    /// When the server does not answer, or not in JSON.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Response {
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
        let response = request.send().await.expect("the server answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("the body arrives");
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).expect("the body is JSON")
        };
        Response { status, headers, body }
    }
}

impl Response {
    /// The body of an answer with that status.
    ///
    /// # Panics
    /// When it has another.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{:#}", self.body);
        self.body
    }

    /// A header as text; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The pointers of a problem with that status and code, in order.
    ///
    /// # Panics
    /// When it is none, or another.
    #[track_caller]
    pub fn problem(&self, status: u16, code: Code) -> Vec<String> {
        assert_eq!(
            (self.status, self.body["code"].as_str()),
            (status, Some(code.as_str())),
            "{:#}",
            self.body
        );
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(self.body["status"], status);
        let errors = self.body["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .map(|error| error["pointer"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// A problem without what differs from request to request.
    pub fn masked(&self) -> Value {
        let mut body = self.body.clone();
        if let Some(problem) = body.as_object_mut() {
            problem.remove("requestId");
            problem.remove("instance");
        }
        body
    }
}
