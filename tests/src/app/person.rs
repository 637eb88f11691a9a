//! Somebody who talks to the server under test, and what they are answered.

use std::ops::Deref;

use berth_model::Code;
use reqwest::Method;
use serde_json::Value;

use crate::client::{self, Client};

/// A client of the API whose server must answer.
#[derive(Debug, Clone)]
pub struct Person {
    client: Client,
    /// The public name; empty for nobody in particular.
    pub username: String,
}

/// An answer that a test has expectations of.
#[derive(Debug)]
pub struct Response(client::Response);

impl Deref for Response {
    type Target = client::Response;

    fn deref(&self) -> &client::Response {
        &self.0
    }
}

impl Person {
    /// Nobody in particular.
    ///
    /// # Panics
    /// When there is no HTTP client to be had.
    pub fn anonymous(base: &str) -> Self {
        Self {
            client: Client::new(base).expect("an HTTP client"),
            username: String::new(),
        }
    }

    /// The same person with a token.
    #[must_use]
    pub fn signed_in(&self, username: &str, token: &str) -> Self {
        Self {
            username: username.to_owned(),
            client: self.client.with_token(token),
        }
    }

    /// The token the person sends.
    pub fn token(&self) -> Option<&str> {
        self.client.token()
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
        let answer = self.client.send(method, path, headers, body).await;
        Response(answer.expect("the server answers in JSON"))
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
        self.0.body
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
