//! The actix plumbing that all doors share: what happens to a request before a door sees it and to an
//! answer after, and how a door says no.
//!
//! - [`Boundary`] wraps the application: request ids, spans, deadlines, panics, metrics, cross-origin
//!   requests, and every failure in the words of the door that was asked ([`Doors`], [`ErrorShape`]).
//! - [`Routes`] is a door's table of routes, authenticated by an [`Authenticator`] and counted by a
//!   [`RateLimiter`] before a body is read.
//! - [`StrictJson`], [`StrictQuery`], [`StrictForm`] read what callers send, and refuse what two
//!   readers could understand differently.
//! - [`Certificate`], [`health`] and [`metrics`] serve the listener.
//!
//! Place in the picture: the doors (`http-*`) and the binary build on it; it knows `identity` and
//! `authz`, no use case and no storage.
//!
//! # Example
//!
//! A door in small, with an error shape of its own, asked through the client for tests:
//!
//! ```
//! use actix_web::{HttpResponse, web};
//! use citizenry_http_kit::{Doors, ErrorShape, Refusal, Routes, StrictJson, testing};
//! use serde::Deserialize;
//! use serde_json::json;
//!
//! /// How this door says no.
//! struct Shape;
//!
//! impl ErrorShape for Shape {
//!     fn render(&self, refusal: &Refusal) -> HttpResponse {
//!         let status = refusal.status();
//!         let body = json!({ "statusCode": status.as_u16(), "message": refusal.message() });
//!         HttpResponse::build(status).json(body)
//!     }
//! }
//!
//! #[derive(Deserialize)]
//! #[serde(deny_unknown_fields)]
//! struct Greeting {
//!     name: String,
//! }
//!
//! async fn greet(StrictJson(greeting): StrictJson<Greeting>) -> Result<HttpResponse, Refusal> {
//!     Ok(HttpResponse::Ok().json(json!({ "hello": greeting.name })))
//! }
//!
//! fn configure(config: &mut web::ServiceConfig) {
//!     let routes = Routes::new().public_post("/greetings", greet);
//!     config.service(web::scope("/api/v1").configure(|config| routes.configure(config)));
//! }
//!
//! # actix_web::rt::System::new().block_on(async {
//! let boundary = testing::boundary(Doors::new("example", Shape));
//! let client = testing::Client::behind(boundary, configure).await;
//!
//! let answer = client.post("/api/v1/greetings").json(&json!({ "name": "李雷" })).send().await;
//! assert_eq!(answer.json(), json!({ "hello": "李雷" }));
//! assert!(!answer.header("x-request-id").is_empty());
//!
//! let answer = client.post("/api/v1/greetings").json(&json!({ "nome": "李雷" })).send().await;
//! assert_eq!(answer.status, 400);
//! assert!(answer.text().contains("nome: unknown field"));
//!
//! let answer = client.get("/api/v1/greetings").send().await;
//! assert_eq!((answer.status, answer.header("allow")), (405, "POST"));
//! assert_eq!(answer.json(), json!({ "statusCode": 405, "message": "method not allowed" }));
//! # });
//! ```
#![deny(missing_docs)]

pub mod authentication;
mod body;
mod boundary;
mod context;
pub mod cors;
pub mod credentials;
mod deadline;
mod doors;
mod error;
pub mod form;
pub mod health;
pub mod json;
pub mod metrics;
mod multipart;
pub mod origin;
mod panic;
mod parameters;
pub mod query;
mod rate_limit;
mod request_id;
mod routes;
mod target;
pub mod testing;
mod tls;

pub use authentication::{Authenticated, Authenticator, QueryToken};
pub use body::BodyLimits;
pub use boundary::{Boundary, BoundaryService};
pub use context::RequestContext;
pub use cors::{AllowedOrigins, OriginList};
pub use credentials::{BasicCredentials, Credentials, OptionalCredentials};
pub use doors::Doors;
pub use error::{Asked, CredentialsProblem, ErrorShape, Refusal};
pub use form::{FormOrJson, OptionalForm, StrictForm};
pub use health::Readiness;
pub use json::{Object, OptionalJson, StrictJson};
pub use metrics::Metrics;
pub use multipart::{MultipartOrJson, Part};
pub use origin::{ClientOrigin, ForwardedHeader, TrustedProxies};
pub use query::StrictQuery;
pub use rate_limit::{RateLimit, RateLimitStatus, RateLimiter};
pub use request_id::RequestId;
pub use routes::{Access, RouteEntry, Routes};
pub use tls::{Certificate, TlsError};
